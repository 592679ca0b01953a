//! The node's URL, and how it is kept out of everything that is shown or kept.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use zkperf_block::percent_decode;

/// Path segments and query values of fewer characters are words rather than keys.
const SHORTEST_KEY: usize = 6;

/// The variable that holds a node's URL, and the URL.
pub struct Secret {
    /// Name of the variable.
    pub name: String,
    /// Its value, which is never shown.
    pub value: String,
}

impl Secret {
    /// What a variable of the environment holds, if it is not blank.
    pub fn of(name: &str) -> Option<Self> {
        let value = std::env::var(name).ok()?;
        let name = name.to_owned();
        (!value.trim().is_empty()).then_some(Self { name, value })
    }

    /// A text with `$NAME` wherever it says the URL, with or without its user, or a part of it that may be a key: user and
    /// password, in base64 as well, and every path segment and query value of six or more characters. Scheme and host alone are no secret.
    pub fn hide(&self, text: &str) -> String {
        let parts = self.parts();
        let place = format!("${}", self.name);
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            // The longest comes first. One pass: what stands in for a part is not looked at again.
            if let Some(part) = parts.iter().find(|part| rest.starts_with(part.as_str())) {
                out += &place;
                rest = &rest[part.len()..];
            } else {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        out
    }

    /// What must not be shown, the longest first.
    fn parts(&self) -> Vec<String> {
        let url = self.value.trim();
        let mut parts = vec![self.value.clone(), url.to_owned()];
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (authority, path) = match rest.find(['/', '?', '#']) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        if !password.is_empty() {
            parts.extend([user.to_owned(), password.to_owned()]);
        }
        if name.chars().count() >= SHORTEST_KEY {
            parts.push(name.to_owned());
        }
        // Scheme and host are no secret; what stands behind them may be, however short.
        if !path.trim_matches('/').is_empty() {
            parts.push(format!("{scheme}://{host}{path}"));
            parts.push(format!("{host}{path}"));
        }
        let values = path.split(['/', '?', '#', '&', '=']);
        let keys = values.filter(|value| value.chars().count() >= SHORTEST_KEY);
        parts.extend(keys.map(str::to_owned));
        // Tools print them as they are, or with %41 read.
        let coded = parts.iter().filter(|part| part.contains('%'));
        let read = coded.filter_map(|part| String::from_utf8(percent_decode(part)).ok());
        let read: Vec<String> = read.collect();
        parts.extend(read);
        if !password.is_empty() {
            // `Authorization: Basic …`
            parts.push(STANDARD.encode(percent_decode(user)));
        }
        parts.retain(|part| !part.is_empty());
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        parts.dedup();
        parts
    }
}

/// A text without user and password of the URLs in it, whoever's they are.
pub fn without_users(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        out += before;
        let end = after
            .find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c))
            .unwrap_or(after.len());
        rest = match after[..end].rfind('@') {
            Some(user) => &after[user + 1..],
            None => after,
        };
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::{without_users, Secret};

    #[test]
    fn no_url_keeps_its_user() {
        for (text, told) in [
            (
                "see https://user:pass@node.example/v1 and http://h:1",
                "see https://node.example/v1 and http://h:1",
            ),
            ("ws://a@b@c", "ws://c"),
            ("mail x@y, https://h/p@q", "mail x@y, https://h/p@q"),
            ("://", "://"),
        ] {
            assert_eq!(without_users(text), told);
        }
    }

    fn hide(url: &str, text: &str) -> String {
        let secret = Secret {
            name: "RPC_URL".to_owned(),
            value: url.to_owned(),
        };
        secret.hide(text)
    }

    #[test]
    fn every_part_that_may_be_a_key_is_hidden() {
        let url = "https://alice:s3cret%21@node.example:8545/v3/KEY0123456?apikey=QUERYKEY&n=1";
        for text in [
            url,
            "https://node.example:8545/v3/KEY0123456?apikey=QUERYKEY&n=1",
            "cannot reach node.example:8545/v3/KEY0123456",
            "key KEY0123456",
            "s3cret%21",
            "s3cret!",
            "alice:s3cret%21@node",
            "apikey=QUERYKEY",
            // alice:s3cret!
            "Authorization: Basic YWxpY2U6czNjcmV0IQ==",
        ] {
            let told = hide(url, &format!("at {text}, said curl"));
            assert!(told.contains("$RPC_URL"), "{told}");
            for key in ["KEY0123456", "s3cret", "QUERYKEY", "YWxpY2U6czNjcmV0IQ"] {
                assert!(!told.contains(key), "{told}");
            }
        }
        assert_eq!(hide(url, "node.example, v3, n=1"), "node.example, v3, n=1");
    }

    #[test]
    fn what_is_no_part_of_it_stays() {
        assert_eq!(hide("", "as it is"), "as it is");
        assert_eq!(
            hide("http://localhost:8545", "at localhost:8545"),
            "at localhost:8545"
        );
        assert_eq!(
            hide("http://h/RPC_URL", "RPC_URL ünï"),
            "$RPC_URL ünï",
            "one pass only"
        );
    }
}
