from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib.identity import IdentityProviderSource, UserDirectory
from tests.constructs_lib.support import only, stack, template

TENANT = "11111111-2222-3333-4444-555555555555"
APPLICATION = "66666666-7777-8888-9999-000000000000"
CALLBACKS = ["https://chat.example.com/signed-in"]


def secret(of: cdk.Stack) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_name_v2(of, "Secret", "okta")


def okta(of: cdk.Stack, **props: Any) -> IdentityProviderSource:
    return IdentityProviderSource.okta("acme.okta.com", client_id="0oa", client_secret=secret(of), **props)


def added(of: cdk.Stack, source: IdentityProviderSource) -> dict[str, Any]:
    UserDirectory(of, "Users").add_identity_provider(source)
    properties: dict[str, Any] = only(template(of), "AWS::Cognito::UserPoolIdentityProvider")["Properties"]
    return properties


@pytest.fixture
def metadata(tmp_path: Path) -> Path:
    path = tmp_path / "metadata.xml"
    path.write_text('<md:EntityDescriptor entityID="https://accounts.google.com/o/saml2?idpid=C01"/>')
    return path


class TestOkta:
    def test_is_a_client_with_its_secret_by_reference(self) -> None:
        of = stack()
        found = added(of, okta(of))
        assert found["ProviderType"] == "OIDC"
        details = found["ProviderDetails"]
        assert details["oidc_issuer"] == "https://acme.okta.com"
        assert details["authorize_scopes"] == "openid email profile groups"
        assert details["client_secret"]["Fn::Join"][1][-1].endswith(":secret:okta:SecretString:client_secret::}}")
        assert details["client_secret"]["Fn::Join"][1][0] == "{{resolve:secretsmanager:arn:"

    def test_maps_names_and_groups(self) -> None:
        of = stack()
        assert added(of, okta(of))["AttributeMapping"] == {
            "email": "email",
            "email_verified": "email_verified",
            "family_name": "family_name",
            "given_name": "given_name",
            "custom:groups": "groups",
        }

    def test_can_have_its_own_authorization_server_and_no_groups(self) -> None:
        of = stack()
        found = added(of, okta(of, authorization_server="default", groups=None))
        assert found["ProviderDetails"]["oidc_issuer"] == "https://acme.okta.com/oauth2/default"
        assert found["ProviderDetails"]["authorize_scopes"] == "openid email profile"
        assert "custom:groups" not in found["AttributeMapping"]

    def test_takes_users_by_their_domain(self) -> None:
        of = stack()
        assert added(of, okta(of, email_domains=["acme.com"]))["IdpIdentifiers"] == ["acme.com"]

    @pytest.mark.parametrize("domain", ["https://acme.okta.com", "acme.okta.com/oauth2", "Acme"])
    def test_fails_for_a_domain_that_is_none(self, domain: str) -> None:
        with pytest.raises(ValueError, match=f"a domain of Okta is like .* got '{domain}'"):
            IdentityProviderSource.okta(domain, client_id="0oa", client_secret=secret(stack()))


class TestEntraId:
    def test_is_of_one_organization_and_needs_no_secret(self) -> None:
        found = added(stack(), IdentityProviderSource.entra_id(TENANT, application_id=APPLICATION))
        assert found["ProviderType"] == "SAML"
        assert found["ProviderName"] == "EntraID"
        assert found["ProviderDetails"] == {
            "MetadataURL": f"https://login.microsoftonline.com/{TENANT}/federationmetadata/2007-06/federationmetadata.xml"
            f"?appid={APPLICATION}",
            "IDPSignout": "true",
            "RequestSigningAlgorithm": "rsa-sha256",
        }
        assert found["AttributeMapping"]["email"].endswith("/claims/emailaddress")
        assert found["AttributeMapping"]["custom:groups"].endswith("/claims/groups")

    @pytest.mark.parametrize("tenant", ["common", "organizations", "acme.onmicrosoft.com"])
    def test_fails_for_a_tenant_that_lets_others_in(self, tenant: str) -> None:
        with pytest.raises(ValueError, match=f"tenant_id of Entra ID is a GUID .* got '{tenant}'"):
            IdentityProviderSource.entra_id(tenant, application_id=APPLICATION)


class TestGoogleWorkspace:
    def test_is_of_one_organization(self, metadata: Path) -> None:
        found = added(stack(), IdentityProviderSource.google_workspace(metadata))
        assert found["ProviderType"] == "SAML"
        assert "EntityDescriptor" in found["ProviderDetails"]["MetadataFile"]

    def test_fails_for_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"is an https address or a file, got .* which is neither"):
            IdentityProviderSource.google_workspace(tmp_path / "missing.xml")

    def test_fails_for_a_file_that_is_no_metadata(self, tmp_path: Path) -> None:
        (tmp_path / "page.html").write_text("<html/>")
        with pytest.raises(ValueError, match="is no SAML metadata"):
            IdentityProviderSource.google_workspace(tmp_path / "page.html")


class TestAny:
    @pytest.mark.parametrize(
        "issuer",
        [
            "https://accounts.google.com",
            "https://login.microsoftonline.com/common/v2.0",
            "https://login.microsoftonline.com/organizations/v2.0",
        ],
    )
    def test_fails_for_an_issuer_that_signs_for_everybody(self, issuer: str) -> None:
        with pytest.raises(ValueError, match="signs for accounts of every organization"):
            IdentityProviderSource.oidc("Any", issuer_url=issuer, client_id="c", client_secret=secret(stack()))

    @pytest.mark.parametrize("issuer", ["http://login.example.com", "login.example.com", "https://a.example.com/?x=1"])
    def test_fails_for_an_issuer_that_is_none(self, issuer: str) -> None:
        with pytest.raises(ValueError, match="is an https address without query"):
            IdentityProviderSource.oidc("Any", issuer_url=issuer, client_id="c", client_secret=secret(stack()))

    def test_fails_for_a_text_in_the_place_of_its_secret_and_does_not_repeat_it(self) -> None:
        text_itself: Any = "hunter2"
        with pytest.raises(ValueError, match="is a secret of AWS Secrets Manager, got a str") as refused:
            IdentityProviderSource.oidc(
                "Any", issuer_url="https://a.example.com", client_id="c", client_secret=text_itself
            )
        assert text_itself not in str(refused.value)

    def test_fails_without_openid(self) -> None:
        with pytest.raises(ValueError, match="asks for the scope 'openid'"):
            IdentityProviderSource.oidc(
                "Any",
                issuer_url="https://a.example.com",
                client_id="c",
                client_secret=secret(stack()),
                scopes=["email"],
            )

    @pytest.mark.parametrize("name", ["COGNITO", "Google", "my provider", "x", "under_score"])
    def test_fails_for_a_name_that_is_none(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"got '{name}'; choose another name"):
            okta(stack(), name=name)

    def test_fails_without_email(self) -> None:
        with pytest.raises(ValueError, match="the identity provider 'Any' maps none"):
            IdentityProviderSource.saml("Any", metadata="https://a.example.com/metadata", attributes={"name": "cn"})

    def test_fails_for_an_attribute_that_is_not_kept(self) -> None:
        with pytest.raises(ValueError, match="got the attribute 'shoe_size'"):
            IdentityProviderSource.saml(
                "Any", metadata="https://a.example.com/metadata", attributes={"email": "mail", "shoe_size": "shoe"}
            )

    def test_fails_for_a_tenant_from_two_places(self) -> None:
        with pytest.raises(ValueError, match="the tenant 'acme' of the identity provider 'Any'"):
            IdentityProviderSource.saml(
                "Any",
                metadata="https://a.example.com/metadata",
                attributes={"email": "mail", "tenant": "org"},
                tenant="acme",
            )

    def test_fails_for_a_domain_of_users_that_is_none(self) -> None:
        with pytest.raises(ValueError, match=r"got '@acme\.com'"):
            okta(stack(), email_domains=["@acme.com"])

    def test_fails_after_a_web_client_that_would_not_offer_it(self) -> None:
        of = stack()
        users = UserDirectory(of, "Users")
        users.add_web_client("Web", callback_urls=CALLBACKS)
        with pytest.raises(ValueError, match="the web client 'Web' was added before the identity provider 'Okta'"):
            users.add_identity_provider(okta(of))

    def test_fails_for_a_taken_name(self) -> None:
        of = stack()
        users = UserDirectory(of, "Users")
        users.add_identity_provider(okta(of))
        with pytest.raises(ValueError, match="there is an identity provider 'Okta' already"):
            users.add_identity_provider(
                IdentityProviderSource.entra_id(TENANT, application_id=APPLICATION, name="Okta")
            )
