//! The URL of a node, shown without its secrets.

use crate::error::BlockError;
use base64::Engine;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use ureq::http::Uri;

/// What replaces a secret in a foreign text.
const REDACTED: &str = "[redacted]";
/// Shorter pieces of a URL (`v3`, `rpc`) are no secrets, and removing them would make texts unreadable.
const SECRET_MIN: usize = 3;
/// Longest text of a node that is repeated in an error, in characters.
const EXCERPT: usize = 160;

/// The HTTP(S) URL of a JSON-RPC node.
///
/// Providers put API keys into the path, the query or the user part. `Display`, `Debug` and `Serialize` therefore show
/// `scheme://host[:port]` and `/…` in place of anything behind it; [`Endpoint::scrub`] removes the same pieces
/// from texts that the node sends.
#[derive(Clone)]
pub struct Endpoint {
    /// URL to call: everything but user and password.
    url: String,
    /// `scheme://host[:port]`.
    origin: String,
    /// Whether something stands behind the origin.
    has_more: bool,
    /// Value of the `Authorization` header, from the URL's user and password.
    authorization: Option<String>,
    /// Pieces that must never be shown, longest first, lower case.
    secrets: Vec<String>,
    loopback: bool,
}

impl Endpoint {
    /// Reads a URL such as `https://host/v3/KEY`.
    ///
    /// # Errors
    /// [`BlockError::BadUrl`], which doesn't repeat the URL.
    pub fn parse(url: &str) -> Result<Self, BlockError> {
        let bad = |reason: &str| BlockError::BadUrl {
            reason: reason.to_string(),
        };
        let url = url.trim();
        if url.is_empty() {
            return Err(bad("it is empty"));
        }
        let uri = Uri::from_str(url).map_err(|_| bad("it is not a URL"))?;
        let scheme = match uri.scheme_str() {
            Some(scheme @ ("http" | "https")) => scheme,
            Some("ws" | "wss") => {
                return Err(bad(
                    "WebSocket is not supported, use the node's HTTP endpoint",
                ))
            }
            Some(_) => return Err(bad("only http:// and https:// are supported")),
            None => return Err(bad("it has no scheme, put http:// or https:// in front")),
        };
        let authority = uri.authority().ok_or_else(|| bad("it names no host"))?;
        let host = authority.host();
        if host.is_empty() {
            return Err(bad("it names no host"));
        }
        let port = authority
            .port_u16()
            .map(|port| format!(":{port}"))
            .unwrap_or_default();
        let origin = format!("{scheme}://{host}{port}");
        let rest = uri.path_and_query().map_or("/", |rest| rest.as_str());
        let mut secrets = Vec::new();
        let user_part = authority.as_str().rsplit_once('@').map(|(user, _)| user);
        let authorization = user_part.map(|user| basic(user, &mut secrets));
        secret_pieces(uri.path(), uri.query(), &mut secrets);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let loopback =
            address == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        Ok(Self {
            url: format!("{origin}{rest}"),
            has_more: rest != "/",
            origin,
            authorization,
            secrets,
            loopback,
        })
    }

    /// `scheme://host[:port]`: all of the URL that may be shown.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The URL to call, with its secrets: for the HTTP client alone.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Value of the `Authorization` header, if the URL holds a user.
    pub(crate) fn authorization(&self) -> Option<&str> {
        self.authorization.as_deref()
    }

    /// Whether the node is on this machine; a proxy has no business there.
    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// `text` without any piece of this URL that may be a key: for texts that come from the node, which like to
    /// repeat the path they were called with.
    pub fn scrub(&self, text: &str) -> String {
        let mut text = text.to_string();
        for secret in &self.secrets {
            // ASCII lower case keeps byte offsets, so positions found in it are valid in the original
            let lower = text.to_ascii_lowercase();
            let mut out = String::with_capacity(text.len());
            let mut done = 0;
            for (at, found) in lower.match_indices(secret.as_str()) {
                out.push_str(&text[done..at]);
                out.push_str(REDACTED);
                done = at + found.len();
            }
            out.push_str(&text[done..]);
            text = out;
        }
        text
    }

    /// A short, printable and scrubbed piece of what a node sent.
    pub(crate) fn excerpt(&self, bytes: &[u8]) -> String {
        // scrubbed before it is cut: half a key is a leak too. The far end of a large body is cut off anyway.
        let text = self.scrub(&String::from_utf8_lossy(
            &bytes[..bytes.len().min(64 << 10)],
        ));
        let mut out = String::new();
        for word in text
            .chars()
            .take(4 * EXCERPT)
            .collect::<String>()
            .split_whitespace()
        {
            if !out.is_empty() {
                out.push(' ');
            }
            out.extend(word.chars().filter(|c| !c.is_control()));
        }
        if out.chars().count() > EXCERPT {
            out = out.chars().take(EXCERPT).collect();
            out.push('…');
        }
        out
    }
}

/// `Basic …` for the user part of a URL; notes what must not be shown.
fn basic(user_part: &str, secrets: &mut Vec<String>) -> String {
    let (user, password) = user_part.split_once(':').unwrap_or((user_part, ""));
    let (user_plain, password_plain) = (percent_decode(user), percent_decode(password));
    let mut plain = user_plain.clone();
    plain.push(b':');
    plain.extend_from_slice(&password_plain);
    let encoded = base64::engine::general_purpose::STANDARD.encode(plain);
    for secret in [user_part, user, password, &encoded] {
        note(secret.as_bytes(), SECRET_MIN, secrets);
    }
    note(&user_plain, SECRET_MIN, secrets);
    note(&password_plain, SECRET_MIN, secrets);
    format!("Basic {encoded}")
}

fn secret_pieces(path: &str, query: Option<&str>, secrets: &mut Vec<String>) {
    note(path.trim_matches('/').as_bytes(), SECRET_MIN + 1, secrets);
    for segment in path.split('/') {
        note(segment.as_bytes(), SECRET_MIN + 1, secrets);
        note(&percent_decode(segment), SECRET_MIN + 1, secrets);
    }
    for pair in query.unwrap_or_default().split('&') {
        let value = pair.split_once('=').map_or(pair, |(_, value)| value);
        note(value.as_bytes(), SECRET_MIN, secrets);
        note(&percent_decode(value), SECRET_MIN, secrets);
    }
}

fn note(secret: &[u8], at_least: usize, secrets: &mut Vec<String>) {
    if let Ok(secret) = std::str::from_utf8(secret) {
        // a secret within the replacement would be found again and again
        if secret.len() >= at_least && !REDACTED.contains(&secret.to_ascii_lowercase()) {
            secrets.push(secret.to_ascii_lowercase());
        }
    }
}

/// A text with its percent signs read, as bytes; those that stand for no byte stay.
pub fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let coded = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten();
        match coded.and_then(|code| hex::decode(code).ok()) {
            Some(byte) => {
                out.extend(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)?;
        f.write_str(if self.has_more { "/…" } else { "" })
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

impl FromStr for Endpoint {
    type Err = BlockError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::parse(url)
    }
}

impl serde::Serialize for Endpoint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_host_and_nothing_behind_it() {
        for (url, shown) in [
            (
                "https://user:pa%40ss@rpc.example:8443/v3/0123456789abcdef?token=s3cr3t",
                "https://rpc.example:8443/…",
            ),
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
            ("http://[::1]:8545/", "http://[::1]:8545"),
            (" https://rpc.example/?key ", "https://rpc.example/…"),
        ] {
            let endpoint = Endpoint::parse(url).unwrap();
            assert_eq!(endpoint.to_string(), shown);
            assert_eq!(format!("{endpoint:?}"), format!("Endpoint({shown})"));
            assert_eq!(
                serde_json::to_string(&endpoint).unwrap(),
                format!("\"{shown}\"")
            );
        }
    }

    #[test]
    fn user_and_password_become_a_header() {
        let endpoint = Endpoint::parse("http://martin:pa%40ss@host/x").unwrap();
        // base64 of "martin:pa@ss"
        assert_eq!(endpoint.authorization(), Some("Basic bWFydGluOnBhQHNz"));
        assert_eq!(endpoint.url(), "http://host/x");
    }

    #[test]
    fn scrubs_every_form_of_a_secret() {
        let endpoint =
            Endpoint::parse("https://bob:pa%40ss@h/v3/KEY0123?token=Tok%2Fen&x=1").unwrap();
        let echo =
            "at /v3/KEY0123 (key0123): tok%2fen, Tok/en, pa@ss, pa%40ss, bob, Ym9iOnBhQHNz, v3, 1";
        let clean = endpoint.scrub(echo).to_ascii_lowercase();
        for secret in [
            "key0123",
            "tok%2fen",
            "tok/en",
            "pa@ss",
            "pa%40ss",
            "bob",
            "ym9iongaqhnz",
        ] {
            assert!(!clean.contains(secret), "{secret} in {clean}");
        }
        assert!(clean.ends_with("v3, 1"), "{clean}");
    }

    #[test]
    fn a_secret_that_looks_like_the_replacement_ends() {
        let endpoint = Endpoint::parse("https://h/redacted/redact").unwrap();
        assert_eq!(endpoint.scrub("redacted"), "redacted");
    }

    #[test]
    fn an_excerpt_is_short_and_printable() {
        let endpoint = Endpoint::parse("https://h/abcdefgh").unwrap();
        let text =
            endpoint.excerpt(format!("a\u{1b}[31m\r\n\tb abcdefgh {}", "x".repeat(500)).as_bytes());
        assert!(text.starts_with("a[31m b [redacted] xxx"), "{text}");
        assert_eq!(text.chars().count(), EXCERPT + 1);
        assert!(text.chars().all(|c| !c.is_control()));
    }

    #[test]
    fn bad_urls_are_not_repeated() {
        for url in [
            "",
            "localhost:8545",
            "host/KEY0123",
            "ws://h/KEY0123",
            "ftp://h/KEY0123",
            "http://",
            "http:// KEY0123",
        ] {
            let error = Endpoint::parse(url).unwrap_err();
            assert!(
                matches!(error, BlockError::BadUrl { .. }),
                "{url}: {error:?}"
            );
            assert!(!format!("{error} {error:?}").contains("KEY0123"), "{url}");
        }
    }
}
