"""A stand-in for Amazon Bedrock Guardrails that runs by the configuration a template deploys.

It judges by word lists, patterns and the similarity of texts, where the service asks models it trained for that. So it
shows that a guardrail is deployed, named, permitted and obeyed, and how an agent behaves when it intervenes; how well
the service tells harm from harmless it does not show. Every answer says so.

What it does as the service is documented to do: which content of a request is judged, actions for input and output,
strengths against confidences, versions, masking, the shape of assessments and traces. What it does its own way:

- Content filters, prompt attacks and denied topics by `samples.toml` and by the guardrail's own definitions and
  examples, in English only.
- `PROFANITY` by a short list of its own.
- Entities of personal data by patterns; types that no pattern can tell (`NAME` without "my name is …") are found
  where a text introduces them.
- Grounding and relevance by the words two texts share.
- Images are refused. Automated reasoning policies are not evaluated. Tiers and cross-Region profiles make no
  difference.
"""
