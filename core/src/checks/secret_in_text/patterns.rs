//! Credentials that can be told by their shape alone: what they begin with, which characters follow, how many.

/// Which characters a credential is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// `0-9a-f`, in either case.
    Hex,
    /// `A-Z0-9`
    Upper,
    /// `A-Za-z0-9`
    Alnum,
    /// `A-Za-z0-9`, of which one is a digit: behind a prefix with which names begin as well.
    AlnumWithDigit,
    /// `A-Za-z0-9_`
    Word,
    /// `A-Za-z0-9_-`
    Url,
    /// `A-Za-z0-9_-`, of which one is a digit.
    UrlWithDigit,
    /// `A-Za-z0-9_-.`
    Dotted,
    /// `A-Za-z0-9+/=`
    Base64,
}

impl Alphabet {
    pub(super) const fn has(self, b: u8) -> bool {
        match self {
            Self::Hex => b.is_ascii_hexdigit(),
            Self::Upper => b.is_ascii_uppercase() || b.is_ascii_digit(),
            Self::Alnum | Self::AlnumWithDigit => b.is_ascii_alphanumeric(),
            Self::Word => b.is_ascii_alphanumeric() || b == b'_',
            Self::Url | Self::UrlWithDigit => {
                b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')
            }
            Self::Dotted => b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'),
            Self::Base64 => b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='),
        }
    }

    pub(super) const fn needs_digit(self) -> bool {
        matches!(self, Self::AlnumWithDigit | Self::UrlWithDigit)
    }
}

/// A credential's shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    /// What it is, with its article, as messages call it.
    pub(super) kind: &'static str,
    /// What it begins with.
    pub(super) prefix: &'static str,
    /// What follows.
    pub(super) alphabet: Alphabet,
    /// The fewest characters that follow.
    pub(super) min: usize,
    /// The most characters that follow.
    pub(super) max: usize,
}

const fn format(
    kind: &'static str,
    prefix: &'static str,
    alphabet: Alphabet,
    min: usize,
    max: usize,
) -> Format {
    Format {
        kind,
        prefix,
        alphabet,
        min,
        max,
    }
}

/// Longer than any token that is told by its prefix.
const ANY: usize = 4096;

use Alphabet::{
    Alnum, AlnumWithDigit, Base64, Dotted, Hex, Upper, Url, UrlWithDigit, Word,
};

/// The shapes, longer prefixes before the shorter ones that they begin with.
pub(super) static FORMATS: &[Format] = &[
    // Clouds.
    format("an AWS access key id", "AKIA", Upper, 16, 16),
    format("an AWS access key id", "ASIA", Upper, 16, 16),
    format("an AWS access key id", "ABIA", Upper, 16, 16),
    format("an AWS access key id", "ACCA", Upper, 16, 16),
    format("an Amazon Bedrock key", "ABSK", Base64, 100, ANY),
    format("a Google API key", "AIza", Url, 35, 35),
    format("a Google OAuth client secret", "GOCSPX-", Url, 28, 28),
    format("a Google OAuth token", "ya29.", Url, 30, ANY),
    format("an Azure storage key", "AccountKey=", Base64, 80, 90),
    format("an Azure shared access key", "SharedAccessKey=", Base64, 40, 90),
    format("a DigitalOcean token", "dop_v1_", Hex, 64, 64),
    format("a DigitalOcean token", "doo_v1_", Hex, 64, 64),
    format("a DigitalOcean token", "dor_v1_", Hex, 64, 64),
    format("a Heroku key", "HRKU-", Url, 30, 80),
    format("a Fly.io token", "fo1_", Word, 40, 50),
    format("a Pulumi token", "pul-", Hex, 40, 40),
    format("a Supabase token", "sbp_", Hex, 40, 40),
    format("a Databricks token", "dapi", Hex, 32, 32),
    format("a PlanetScale token", "pscale_tkn_", Dotted, 32, 64),
    format("a PlanetScale password", "pscale_pw_", Dotted, 32, 64),
    // Code hosting and packages.
    format("a GitHub token", "github_pat_", Word, 40, 255),
    format("a GitHub token", "ghp_", Alnum, 36, 255),
    format("a GitHub token", "gho_", Alnum, 36, 255),
    format("a GitHub token", "ghu_", Alnum, 36, 255),
    format("a GitHub token", "ghs_", Alnum, 36, 255),
    format("a GitHub token", "ghr_", Alnum, 36, 255),
    format("a GitLab token", "glpat-", Dotted, 20, 300),
    format("a GitLab token", "gldt-", Url, 20, 100),
    format("a GitLab token", "glrt-", Dotted, 20, 100),
    format("a GitLab token", "glft-", Url, 20, 100),
    format("a GitLab token", "glptt-", Url, 40, 100),
    format("a GitLab token", "glcbt-", Url, 20, 100),
    format("a GitLab token", "glsoat-", Url, 20, 100),
    format("a GitLab token", "glagent-", Url, 40, 100),
    format("a GitLab token", "gloas-", Url, 40, 100),
    format("a Bitbucket token", "ATBB", Alnum, 28, 36),
    format("an Atlassian token", "ATATT3", Base64, 80, ANY),
    format("an npm token", "npm_", AlnumWithDigit, 36, 36),
    format("a PyPI token", "pypi-AgE", Url, 50, ANY),
    format("a RubyGems key", "rubygems_", Hex, 48, 48),
    format("a crates.io token", "cio", AlnumWithDigit, 32, 32),
    format("a Docker token", "dckr_pat_", Url, 20, 60),
    format("a CircleCI token", "CCIPAT_", Word, 40, 100),
    format("a JFrog key", "AKCp", AlnumWithDigit, 60, 80),
    // Chat and mail.
    format("a Slack token", "xoxe.xoxb-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxe.xoxp-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxa-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxb-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxc-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxd-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxe-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxo-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxp-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxr-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xoxs-", UrlWithDigit, 20, ANY),
    format("a Slack token", "xapp-", UrlWithDigit, 30, ANY),
    format("a Slack webhook", "hooks.slack.com/services/", Base64, 30, 100),
    format("a Slack webhook", "hooks.slack.com/workflows/", Base64, 30, 100),
    format("a Discord webhook", "discord.com/api/webhooks/", Base64, 30, 150),
    format("a SendGrid key", "SG.", Dotted, 60, 72),
    format("a Mailgun key", "key-", Hex, 32, 32),
    format("a Brevo key", "xkeysib-", Url, 60, 100),
    format("a Twilio key", "SK", Hex, 32, 32),
    // Payments and shops.
    format("a Stripe key", "sk_live_", Alnum, 16, 255),
    format("a Stripe key", "rk_live_", Alnum, 16, 255),
    format("a Stripe test key", "sk_test_", Alnum, 16, 255),
    format("a Stripe test key", "rk_test_", Alnum, 16, 255),
    format("a Stripe webhook secret", "whsec_", AlnumWithDigit, 24, 255),
    format("a Square token", "sq0atp-", Url, 22, 60),
    format("a Square secret", "sq0csp-", Url, 43, 60),
    format("a Shopify token", "shpat_", Hex, 32, 32),
    format("a Shopify token", "shpca_", Hex, 32, 32),
    format("a Shopify token", "shppa_", Hex, 32, 32),
    format("a Shopify secret", "shpss_", Hex, 32, 32),
    // Models.
    format("an Anthropic key", "sk-ant-", UrlWithDigit, 20, 255),
    format("an OpenAI key", "sk-proj-", UrlWithDigit, 20, 255),
    format("an OpenAI key", "sk-svcacct-", UrlWithDigit, 20, 255),
    format("an OpenAI key", "sk-admin-", UrlWithDigit, 20, 255),
    format("an OpenRouter key", "sk-or-v1-", Hex, 40, 80),
    format("an API key", "sk-", AlnumWithDigit, 20, 255),
    format("a Groq key", "gsk_", AlnumWithDigit, 40, 80),
    format("an xAI key", "xai-", AlnumWithDigit, 60, 100),
    format("a Perplexity key", "pplx-", AlnumWithDigit, 40, 80),
    format("a Hugging Face token", "hf_", Alnum, 34, 40),
    format("a Replicate token", "r8_", AlnumWithDigit, 37, 40),
    // Operations.
    format("a HashiCorp Vault token", "hvs.", Url, 24, ANY),
    format("a HashiCorp Vault token", "hvb.", Url, 24, ANY),
    format("a HashiCorp Vault token", "hvr.", Url, 24, ANY),
    format("a Doppler token", "dp.pt.", Alnum, 40, 50),
    format("a Doppler token", "dp.st.", Dotted, 40, 80),
    format("a Grafana token", "glc_", Base64, 32, ANY),
    format("a Grafana token", "glsa_", Word, 40, 50),
    format("a New Relic key", "NRAK-", Upper, 27, 27),
    format("a Sentry token", "sntrys_", Base64, 40, ANY),
    format("a Sentry token", "sntryu_", Hex, 64, 64),
    format("a 1Password token", "ops_eyJ", Url, 100, ANY),
    format("an age key", "AGE-SECRET-KEY-1", Upper, 58, 58),
    // Work.
    format("a Linear key", "lin_api_", Alnum, 40, 48),
    format("a Notion token", "ntn_", AlnumWithDigit, 40, 60),
    format("a Notion token", "secret_", AlnumWithDigit, 43, 43),
    format("a Postman key", "PMAK-", Url, 59, 59),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_tried_before_its_own_beginnings() {
        for (n, format) in FORMATS.iter().enumerate() {
            assert!(format.min <= format.max, "{}", format.prefix);
            for later in FORMATS.iter().skip(n + 1) {
                assert!(
                    !later.prefix.starts_with(format.prefix),
                    "`{}` hides `{}`",
                    format.prefix,
                    later.prefix
                );
            }
        }
    }
}
