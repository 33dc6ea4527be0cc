"""Amazon CloudFront in front of an internal load balancer."""

import aws_cdk as cdk
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_s3 as s3
from constructs import Construct

from constructs_lib._private_bucket import private_bucket
from constructs_lib.frontend._access_logs import acknowledge_log_bucket
from constructs_lib.frontend.frontend_edge import FrontendEdge

# The longest that CloudFront waits without a raised quota. Answers stream over a WebSocket, which may be silent longer.
_READ_TIMEOUT = Duration.seconds(60)
# Streamlit's own files, with a hash in their names.
_HASHED_FILES = "static/*"


def distribution(
    scope: Construct,
    edge: FrontendEdge,
    balancer: elb.ApplicationLoadBalancer,
    *,
    log_retention: Duration,
    removal_policy: RemovalPolicy,
) -> cloudfront.Distribution:
    """A distribution that keeps nothing but the application's own files, and passes WebSockets.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-working-with.websockets.html
    """
    origin = origins.VpcOrigin.with_application_load_balancer(
        balancer,
        # The name of the certificate of the load balancer.
        domain_name=edge.domain.name,
        protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
        origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
        read_timeout=_READ_TIMEOUT,
    )
    viewers = cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS
    everything = cloudfront.OriginRequestPolicy.ALL_VIEWER
    headers = cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS
    made = cloudfront.Distribution(
        scope,
        "Distribution",
        comment="Chat front end",
        domain_names=[edge.domain.name],
        certificate=edge.certificate,
        minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        http_version=cloudfront.HttpVersion.HTTP2_AND_3,
        web_acl_id=edge.web_acl.attr_arn,
        enable_logging=True,
        log_bucket=_log_bucket(scope, log_retention, removal_policy),
        log_includes_cookies=False,
        default_behavior=cloudfront.BehaviorOptions(
            origin=origin,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=everything,
            response_headers_policy=headers,
            viewer_protocol_policy=viewers,
        ),
        additional_behaviors={
            _HASHED_FILES: cloudfront.BehaviorOptions(
                origin=origin,
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                origin_request_policy=everything,
                response_headers_policy=headers,
                viewer_protocol_policy=viewers,
            )
        },
    )
    cdk.Validations.of(made).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions::AwsSolutions-CFR1",
            reason="People anywhere may be users: who may use the front end is decided by signing in, not by the"
            " country of an address. The distribution takes a geographic restriction by its L2 resource.",
        )
    )
    return made


def _log_bucket(scope: Construct, retention: Duration, removal_policy: RemovalPolicy) -> s3.Bucket:
    # CloudFront's standard logs are written by an access control list.
    bucket = private_bucket(
        scope,
        "DistributionLogs",
        encryption=s3.BucketEncryption.S3_MANAGED,
        retention=retention,
        removal_policy=removal_policy,
        ownership=s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
    )
    acknowledge_log_bucket(bucket)
    return bucket
