"""What secrets look like, as data: formats that issuers publish, and names of settings that hold one.

Libraries for this (detect-secrets 1.5, measured) take 90 ms to import, and `check` as a whole a second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A published format of a secret.

    Attributes:
        kind: what it is, for people.
        pattern: finds it anywhere in a text. The group `secret`, where there is one, is the secret part.
        source: who publishes the format.
    """

    kind: str
    pattern: re.Pattern[str]
    source: str


def _format(kind: str, pattern: str, source: str) -> Format:
    return Format(kind, re.compile(pattern), source)


# (?<!...) and (?!...) keep a format from matching inside of a longer name or a hash.
FORMATS: tuple[Format, ...] = (
    _format(
        "an AWS access key id",
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])",
        "IAM user guide, 'IAM identifiers', unique id prefixes",
    ),
    _format(
        "an AWS secret access key",
        r"(?i)(?:aws|secret|access).{0,30}?(?:key|secret)['\"]?\s{0,2}[=:]{1,2}\s{0,2}['\"]?"
        r"(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        "IAM user guide, 'Manage access keys': 40 characters of base64",
    ),
    _format(
        "a private key",
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
        "RFC 7468, section 10; RFC 4880, section 6.2",
    ),
    _format(
        "a GitHub token",
        r"(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})",
        "GitHub docs, 'About authentication to GitHub', token formats",
    ),
    _format("a GitLab token", r"(?<![A-Za-z0-9_])glpat-[A-Za-z0-9_-]{20,}", "GitLab docs, token overview"),
    _format(
        "a Slack token",
        r"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}|(?<![A-Za-z0-9])xapp-\d-[A-Za-z0-9-]{10,}",
        "Slack API docs, token types",
    ),
    _format(
        "a Slack webhook",
        r"https://hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9/_-]{20,})",
        "Slack API docs, incoming webhooks",
    ),
    _format(
        "a Stripe key",
        r"(?<![A-Za-z0-9_])(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|(?<![A-Za-z0-9_])whsec_[A-Za-z0-9]{20,}",
        "Stripe docs, API keys",
    ),
    _format(
        "a Hugging Face token",
        r"(?<![A-Za-z0-9_])(?:hf_[A-Za-z]{30,}|api_org_[A-Za-z]{30,})(?![A-Za-z0-9])",
        "Hugging Face docs, user access tokens",
    ),
    _format(
        "an OpenAI or Anthropic key",
        r"(?<![A-Za-z0-9])sk-(?:ant-|proj-|svcacct-|admin-)[A-Za-z0-9_-]{20,}"
        r"|(?<![A-Za-z0-9])sk-[A-Za-z0-9]{32,}(?![A-Za-z0-9])",
        "OpenAI and Anthropic API references, authentication",
    ),
    _format(
        "a Google API key", r"(?<![A-Za-z0-9_])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])", "Google Cloud docs"
    ),
    _format("a PyPI token", r"(?<![A-Za-z0-9])pypi-AgEI[A-Za-z0-9_-]{50,}", "PyPI help, API tokens"),
    _format(
        "an npm token", r"(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])", "npm docs, access tokens"
    ),
    _format(
        "a Databricks token", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32}(?:-\d)?(?![A-Za-z0-9])", "Databricks docs"
    ),
    _format(
        "a SendGrid key",
        r"(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])",
        "SendGrid docs, API keys",
    ),
    _format(
        "a JSON web token",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
        "RFC 7519, section 3.1",
    ),
    _format(
        "a URL with a password",
        r"(?i)(?<![a-z0-9])[a-z][a-z0-9+.-]{1,20}://[^/\s:@?#]*:(?P<secret>(?!\$\{|\{\{|<)[^/\s@?#]+)@",
        "RFC 3986, section 3.2.1",
    ),
    _format(
        "a signed URL",
        r"(?i)[?&](?:X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|sig)=(?P<secret>[A-Za-z0-9%+/=_-]{20,})",
        "Amazon S3 API reference, query authentication; Azure Storage docs, shared access signatures",
    ),
    _format(
        "a connection string with a password",
        r"(?i)(?:^|[?&;\s])(?:password|passwd|pwd|accountkey|sharedaccesskey|api_?key|access_token|secret)="
        r"(?P<secret>(?!\$\{|\{\{|<|%s)[^\s&;'\"]{4,})",
        "JDBC, ODBC and Azure connection strings",
    ),
)

# Words of a setting's name that say: its value is a secret. A tuple is words that follow one another.
SECRET_WORDS: tuple[tuple[str, ...], ...] = (
    ("password",),
    ("passwd",),
    ("passphrase",),
    ("pwd",),
    ("secret",),
    ("secrets",),
    ("apikey",),
    ("api", "key"),
    ("access", "key"),
    ("secret", "key"),
    ("private", "key"),
    ("account", "key"),
    ("signing", "key"),
    ("encryption", "key"),
    ("token",),
    ("webhook",),
)
# Names that may hold one: only a value that looks random counts.
VAGUE_WORDS: tuple[tuple[str, ...], ...] = (
    ("credential",),
    ("credentials",),
    ("auth",),
    ("authorization",),
    ("bearer",),
    ("license", "key"),
    ("connection", "string"),
)
# A name that ends so holds a reference to a secret, or speaks of one.
REFERENCE_ENDINGS = frozenset(
    {"arn", "arns", "name", "names", "id", "ids", "path", "file", "field", "fields", "column", "columns"}
    | {"prefix", "uri", "type", "version", "length", "count", "ttl", "policy", "rotation", "expiry", "region"}
    | {"enabled", "required", "parameter", "index", "size", "limit", "ref", "reference"}
)
# Words beside 'token' that speak of text, not of access.
TEXT_TOKENS = frozenset(
    {"pad", "padding", "bos", "eos", "sep", "cls", "mask", "unk", "unknown", "special", "stop", "start"}
    | {"end", "max", "min", "num", "sub", "word", "per", "additional", "decoder", "image", "separator"}
)
