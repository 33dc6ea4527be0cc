"""What a person may do with what is kept of them: list, find, name and delete conversations, and take all of it along.

Every operation works for the actor of the request and nobody else. Operations are payloads of `/invocations` next to
`{"prompt": …}`; `operations` says which there are.
"""
