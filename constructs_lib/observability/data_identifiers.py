"""Kinds of sensitive data that CloudWatch Logs finds by itself."""

from enum import StrEnum


class ManagedDataIdentifier(StrEnum):
    """A kind of data that CloudWatch Logs recognizes; those of one country end in its code.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html
    """

    ADDRESS = "Address"
    AWS_SECRET_KEY = "AwsSecretKey"  # noqa: S105 -- a kind of data
    BANK_ACCOUNT_NUMBER_DE = "BankAccountNumber-DE"
    BANK_ACCOUNT_NUMBER_ES = "BankAccountNumber-ES"
    BANK_ACCOUNT_NUMBER_FR = "BankAccountNumber-FR"
    BANK_ACCOUNT_NUMBER_GB = "BankAccountNumber-GB"
    BANK_ACCOUNT_NUMBER_IT = "BankAccountNumber-IT"
    BANK_ACCOUNT_NUMBER_US = "BankAccountNumber-US"
    CEP_CODE_BR = "CepCode-BR"
    CNPJ_BR = "Cnpj-BR"
    CPF_CODE_BR = "CpfCode-BR"
    CREDIT_CARD_EXPIRATION = "CreditCardExpiration"
    CREDIT_CARD_NUMBER = "CreditCardNumber"
    CREDIT_CARD_SECURITY_CODE = "CreditCardSecurityCode"
    DRIVERS_LICENSE_AT = "DriversLicense-AT"
    DRIVERS_LICENSE_AU = "DriversLicense-AU"
    DRIVERS_LICENSE_BE = "DriversLicense-BE"
    DRIVERS_LICENSE_BG = "DriversLicense-BG"
    DRIVERS_LICENSE_CA = "DriversLicense-CA"
    DRIVERS_LICENSE_CY = "DriversLicense-CY"
    DRIVERS_LICENSE_CZ = "DriversLicense-CZ"
    DRIVERS_LICENSE_DE = "DriversLicense-DE"
    DRIVERS_LICENSE_DK = "DriversLicense-DK"
    DRIVERS_LICENSE_EE = "DriversLicense-EE"
    DRIVERS_LICENSE_ES = "DriversLicense-ES"
    DRIVERS_LICENSE_FI = "DriversLicense-FI"
    DRIVERS_LICENSE_FR = "DriversLicense-FR"
    DRIVERS_LICENSE_GB = "DriversLicense-GB"
    DRIVERS_LICENSE_GR = "DriversLicense-GR"
    DRIVERS_LICENSE_HR = "DriversLicense-HR"
    DRIVERS_LICENSE_HU = "DriversLicense-HU"
    DRIVERS_LICENSE_IE = "DriversLicense-IE"
    DRIVERS_LICENSE_IT = "DriversLicense-IT"
    DRIVERS_LICENSE_LT = "DriversLicense-LT"
    DRIVERS_LICENSE_LU = "DriversLicense-LU"
    DRIVERS_LICENSE_LV = "DriversLicense-LV"
    DRIVERS_LICENSE_MT = "DriversLicense-MT"
    DRIVERS_LICENSE_NL = "DriversLicense-NL"
    DRIVERS_LICENSE_PL = "DriversLicense-PL"
    DRIVERS_LICENSE_PT = "DriversLicense-PT"
    DRIVERS_LICENSE_RO = "DriversLicense-RO"
    DRIVERS_LICENSE_SE = "DriversLicense-SE"
    DRIVERS_LICENSE_SI = "DriversLicense-SI"
    DRIVERS_LICENSE_SK = "DriversLicense-SK"
    DRIVERS_LICENSE_US = "DriversLicense-US"
    DRUG_ENFORCEMENT_AGENCY_NUMBER_US = "DrugEnforcementAgencyNumber-US"
    ELECTORAL_ROLL_NUMBER_GB = "ElectoralRollNumber-GB"
    EMAIL_ADDRESS = "EmailAddress"
    HEALTH_INSURANCE_CARD_NUMBER_EU = "HealthInsuranceCardNumber-EU"
    HEALTH_INSURANCE_CLAIM_NUMBER_US = "HealthInsuranceClaimNumber-US"
    HEALTH_INSURANCE_NUMBER_FR = "HealthInsuranceNumber-FR"
    HEALTHCARE_PROCEDURE_CODE_US = "HealthcareProcedureCode-US"
    INDIVIDUAL_TAX_IDENTIFICATION_NUMBER_US = "IndividualTaxIdentificationNumber-US"
    INSEE_CODE_FR = "InseeCode-FR"
    IP_ADDRESS = "IpAddress"
    LAT_LONG = "LatLong"
    MEDICARE_BENEFICIARY_NUMBER_US = "MedicareBeneficiaryNumber-US"
    NAME = "Name"
    NATIONAL_DRUG_CODE_US = "NationalDrugCode-US"
    NATIONAL_IDENTIFICATION_NUMBER_DE = "NationalIdentificationNumber-DE"
    NATIONAL_IDENTIFICATION_NUMBER_ES = "NationalIdentificationNumber-ES"
    NATIONAL_IDENTIFICATION_NUMBER_IT = "NationalIdentificationNumber-IT"
    NATIONAL_INSURANCE_NUMBER_GB = "NationalInsuranceNumber-GB"
    NATIONAL_PROVIDER_ID_US = "NationalProviderId-US"
    NHS_NUMBER_GB = "NhsNumber-GB"
    NIE_NUMBER_ES = "NieNumber-ES"
    NIF_NUMBER_ES = "NifNumber-ES"
    OPENSSH_PRIVATE_KEY = "OpenSshPrivateKey"
    PASSPORT_NUMBER_CA = "PassportNumber-CA"
    PASSPORT_NUMBER_DE = "PassportNumber-DE"
    PASSPORT_NUMBER_ES = "PassportNumber-ES"
    PASSPORT_NUMBER_FR = "PassportNumber-FR"
    PASSPORT_NUMBER_GB = "PassportNumber-GB"
    PASSPORT_NUMBER_IT = "PassportNumber-IT"
    PASSPORT_NUMBER_US = "PassportNumber-US"
    PERMANENT_RESIDENCE_NUMBER_CA = "PermanentResidenceNumber-CA"
    PERSONAL_HEALTH_NUMBER_CA = "PersonalHealthNumber-CA"
    PGP_PRIVATE_KEY = "PgpPrivateKey"
    PHONE_NUMBER_BR = "PhoneNumber-BR"
    PHONE_NUMBER_DE = "PhoneNumber-DE"
    PHONE_NUMBER_ES = "PhoneNumber-ES"
    PHONE_NUMBER_FR = "PhoneNumber-FR"
    PHONE_NUMBER_GB = "PhoneNumber-GB"
    PHONE_NUMBER_IT = "PhoneNumber-IT"
    PHONE_NUMBER_US = "PhoneNumber-US"
    PKCS_PRIVATE_KEY = "PkcsPrivateKey"
    POSTAL_CODE_CA = "PostalCode-CA"
    PUTTY_PRIVATE_KEY = "PuttyPrivateKey"
    RG_NUMBER_BR = "RgNumber-BR"
    SOCIAL_INSURANCE_NUMBER_CA = "SocialInsuranceNumber-CA"
    SSN_ES = "Ssn-ES"
    SSN_US = "Ssn-US"
    TAX_ID_DE = "TaxId-DE"
    TAX_ID_ES = "TaxId-ES"
    TAX_ID_FR = "TaxId-FR"
    TAX_ID_GB = "TaxId-GB"
    VEHICLE_IDENTIFICATION_NUMBER = "VehicleIdentificationNumber"
    ZIP_CODE_US = "ZipCode-US"


_OF_COUNTRIES = ("PhoneNumber-", "Ssn-")

PERSONAL_DATA: tuple[ManagedDataIdentifier, ...] = (
    ManagedDataIdentifier.ADDRESS,
    ManagedDataIdentifier.EMAIL_ADDRESS,
    ManagedDataIdentifier.CREDIT_CARD_EXPIRATION,
    ManagedDataIdentifier.CREDIT_CARD_NUMBER,
    ManagedDataIdentifier.CREDIT_CARD_SECURITY_CODE,
    ManagedDataIdentifier.AWS_SECRET_KEY,
    ManagedDataIdentifier.OPENSSH_PRIVATE_KEY,
    ManagedDataIdentifier.PGP_PRIVATE_KEY,
    ManagedDataIdentifier.PKCS_PRIVATE_KEY,
    ManagedDataIdentifier.PUTTY_PRIVATE_KEY,
    *(each for each in ManagedDataIdentifier if each.startswith(_OF_COUNTRIES)),
)
"""What is masked unless something else is said: how to reach a person, how they pay, and credentials.

`NAME` is not in it, because logs in JSON are full of names that are nobody's, nor is `IP_ADDRESS`, by which operators
follow an attack. Add what one country has with `data_of`.
"""


def data_of(*countries: str) -> tuple[ManagedDataIdentifier, ...]:
    """What is known of some countries only: passports, bank accounts, tax and health numbers, driver's licenses.

    Args:
        countries: Codes of two letters, such as `"DE"`; `"EU"` for the European health insurance card.

    Raises:
        ValueError: If CloudWatch Logs knows nothing of a country.
    """
    for country in countries:
        if not any(each.endswith(f"-{country}") for each in ManagedDataIdentifier):
            known = sorted({each.rpartition("-")[2] for each in ManagedDataIdentifier if "-" in each})
            raise ValueError(f"CloudWatch Logs knows data of {', '.join(known)}, got {country!r}")
    return tuple(each for each in ManagedDataIdentifier if each.rpartition("-")[2] in countries)
