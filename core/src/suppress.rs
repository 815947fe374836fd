//! Comments that suppress findings: `// portcullis: allow(code) until 2027-01-31 because "reason"`.
