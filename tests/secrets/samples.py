"""Settings that hold a secret, and settings that only look so. The secrets are made up here."""

from __future__ import annotations

import hashlib

HEX = hashlib.sha256(b"made up").hexdigest()
_LETTERS = "aB3dEfGh1JkLmN0pQrStUvWx2YzAbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdefgh"


def made_up(prefix: str, length: int, alphabet: str = _LETTERS) -> str:
    """A token of this format; put together at run time, so that no scanner takes this file for a leak."""
    return prefix + (alphabet * 5)[:length]


_WORD = "eyJ" + _LETTERS[:20]
_PEM = "-----BEGIN {}PRIVATE" + " KEY-----"

# (name of the setting, value)
SECRETS: list[tuple[str, object]] = [
    ("note", made_up("AK" + "IA", 16, "ABCDEFGH234567Z")),
    ("url", "key=" + made_up("AS" + "IA", 16, "QRSTUVWX234567Z") + "&x=1"),
    ("note", "aws_secret_access_key = " + made_up("", 40)),
    ("AWS_SECRET_ACCESS_KEY", made_up("", 40)),
    ("pem", _PEM.format("RSA ") + "\nMIIE"),
    ("pem", _PEM.format("EC ")),
    ("pem", _PEM.format("OPENSSH ")),
    ("pem", _PEM.format("")),
    ("remote", made_up("gh" + "p_", 36)),
    ("remote", made_up("github_" + "pat_", 60)),
    ("remote", made_up("gl" + "pat-", 20)),
    ("channel", made_up("xo" + "xb-", 30)),
    ("channel", "https://hooks.slack.com/services/" + made_up("T", 30)),
    ("billing", made_up("sk" + "_live_", 24)),
    ("hub", made_up("h" + "f_", 34, "abcdefghijKLMNOP")),
    ("llm", made_up("sk" + "-proj-", 40)),
    ("llm", made_up("sk" + "-ant-api03-", 60)),
    ("llm", made_up("s" + "k-", 48)),
    ("maps", made_up("AI" + "za", 35)),
    ("index", made_up("pypi" + "-AgEI", 80)),
    ("workspace", made_up("da" + "pi", 32, "0123456789abcdef")),
    ("header", f"Bearer {_WORD}.{_WORD}.{_LETTERS[:30]}"),
    ("database", "postgresql://reader:hunter2@db.internal:5432/fraud"),
    ("index_url", "https://build:s3cr3t@packages.example.com/simple"),
    ("database", "jdbc:mysql://db/fraud?user=reader&password=hunter2"),
    ("database", "Server=db;Database=fraud;Pwd=hunter2;"),
    ("payload", "https://b.s3.amazonaws.com/k?X-Amz-Signature=" + made_up("", 64, "0123456789abcdef")),
    ("blob", "https://a.blob.core.windows.net/c?sv=2024&sig=" + made_up("", 43)),
    ("DB_PASSWORD", "hunter2"),
    ("dbPassword", "correct horse battery staple"),
    ("pwd", 123456),
    ("api_key", "abcd1234"),
    ("ApiKey", "abcd1234"),
    ("client-secret", "abc"),
    ("HF_TOKEN", "abcdef"),
    ("authToken", "abcdef"),
    ("ENCRYPTION_KEY", "abcdef"),
    ("credentials", made_up("", 32)),
    ("AUTHORIZATION", made_up("", 30)),
]

NOT_SECRETS: list[tuple[str, object]] = [
    ("role", "arn:aws:iam::123456789012:role/SageMakerExecution"),
    ("DB_PASSWORD_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf"),
    ("DB_PASSWORD", "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf"),
    ("DB_PASSWORD", "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/db/password"),
    ("db_password", "/prod/fraud/db/password"),
    ("db_password", "${DB_PASSWORD}"),
    ("db_password", "{{resolve:secretsmanager:prod/db:SecretString:password}}"),
    ("db_password", "<your password>"),
    ("db_password", ""),
    ("db_password", None),
    ("requires_password", True),
    ("password_field", "user_password"),
    ("token_column", "session_token"),
    ("secret_name", "prod/db"),
    ("api_key_id", "kx81"),
    ("s3_root", f"s3://ml-fraud/pipelines/code/{HEX}"),
    ("source", "s3://ml-fraud/raw/2026-06/part-00000-a:b@c.parquet"),
    ("ImageUri", "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"),
    ("ImageUri", f"683313688378.dkr.ecr.us-east-1.amazonaws.com/x@sha256:{HEX}"),
    ("kms_key", "1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("kms_key", "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
    ("kms_key", "alias/fraud"),
    ("code", HEX),
    ("digest", HEX[:40]),
    ("git_commit", HEX[:40]),
    ("checksum", made_up("", 40)),
    ("label_field", "password"),
    ("feature_fields", ["token", "secret", "api_key", "password"]),
    ("positive_class", "secret"),
    ("max_tokens", 512),
    ("num_tokens", "4096"),
    ("pad_token", "[PAD]"),
    ("eos_token", "</s>"),
    ("tokenizer", "bert-base-uncased"),
    ("tokenizer_type", "wordpiece"),
    ("author", "Ada Lovelace"),
    ("authorization", "public"),
    ("description", "the password of the reader is in Secrets Manager, its token too"),
    ("description", "set token= in the console"),
    ("query", "SELECT password_age FROM users WHERE secret_question = 'yes'"),
    ("endpoint", "https://example.com:8443/path?token_type=word&x=1"),
    ("subnet", "subnet-0123456789abcdef0"),
    ("sagemaker_submit_directory", f'"s3://ml-fraud/pipelines/code/{HEX}/sourcedir.tar.gz"'),
    ("monotone_constraints", "(1,0,-1,1)"),
    ("secret_rotation", "enabled"),
    ("keyboard", "qwerty-uiop-asdfgh-jkl"),
    ("monkey", "chimpanzee"),
    ("primary_key", "order_id"),
    ("partition_key", "customer_id"),
]
