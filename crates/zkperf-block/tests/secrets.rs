//! An API key in the URL shows up nowhere: in no error, no event, no file, no debug print.

mod support;

use serde_json::json;
use std::time::Duration;
use support::{fetch, files_below, honest, real_block, request, Answer, Call, FakeNode};
use zkperf_block::{Endpoint, InputRequest, InputSource};

const SECRETS: [&str; 6] = [
    "PATHKEY0123456789",
    "QUERYKEY987654321",
    "hidden-user",
    "hidden pass",
    "hidden%20pass",
    "aGlkZGVuLXVzZXI6aGlkZGVuIHBhc3M=",
];

fn endpoint(node: &FakeNode) -> Endpoint {
    let host = node.url().replace("http://", "");
    let url = format!(
        "http://hidden-user:hidden%20pass@{host}/v3/PATHKEY0123456789?token=QUERYKEY987654321"
    );
    Endpoint::parse(&url).unwrap()
}

fn assert_clean(place: &str, text: &str) {
    for secret in SECRETS {
        assert!(
            !text
                .to_ascii_lowercase()
                .contains(&secret.to_ascii_lowercase()),
            "{secret} in {place}: {text}"
        );
    }
}

fn clean_everything(
    place: &str,
    node: &FakeNode,
    change: impl FnOnce(&mut InputRequest),
) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(node, 24_628_607, &folder);
    request.source = InputSource::Node(endpoint(node));
    request.save_recorded = Some(folder.path().join("recorded.json"));
    change(&mut request);
    assert_clean(
        "the request",
        &format!("{request:?} {}", serde_json::to_string(&request).unwrap()),
    );
    let mut events = Vec::new();
    let result = zkperf_block::fetch_input(&request, &mut |event| events.push(event));
    assert_clean(place, &serde_json::to_string(&events).unwrap());
    let code = match &result {
        Ok(stored) => {
            assert_clean(
                place,
                &format!("{stored:?} {}", serde_json::to_string(stored).unwrap()),
            );
            assert!(request.save_recorded.as_ref().unwrap().is_file());
            let again = fetch(&request).unwrap();
            assert!(again.from_store);
            "ok".to_string()
        }
        Err(error) => {
            let mut text = format!("{error} {error:?} {error:#?}");
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                text += &format!(" {cause} {cause:?}");
                source = cause.source();
            }
            assert_clean(place, &text);
            error.code().to_string()
        }
    };
    for path in files_below(folder.path()) {
        assert_clean("a file's name", &path.display().to_string());
        let bytes = std::fs::read(&path).unwrap();
        let plain = zstd::decode_all(&bytes[..]).unwrap_or_default();
        assert_clean(
            &path.display().to_string(),
            &String::from_utf8_lossy(&bytes),
        );
        assert_clean(
            &path.display().to_string(),
            &String::from_utf8_lossy(&plain),
        );
    }
    code
}

/// What a chatty gateway may repeat of a call.
fn echo(call: &Call) -> String {
    let plain = "hidden-user hidden pass hidden%20pass";
    format!(
        "bad call {} {plain} {}",
        call.path,
        call.authorization.clone().unwrap_or_default()
    )
}

#[test]
fn no_error_shows_a_key_that_the_node_repeats() {
    type Refuse = fn(&Call) -> Answer;
    let at_first: [(&str, Refuse); 12] = [
        ("rate-limited", |call| Answer::text(429, &echo(call))),
        ("server-fault", |call| Answer::text(503, &echo(call))),
        ("access-denied", |call| Answer::text(401, &echo(call))),
        ("http-status", |call| {
            Answer::text(404, &echo(call)).with_header("location", &call.path)
        }),
        ("not-json-rpc", |call| Answer::text(200, &echo(call))),
        ("not-json-rpc", |call| {
            Answer::text(200, &format!("<html>{}</html>", echo(call)))
        }),
        ("node-error", |call| Answer::error(-32000, &echo(call))),
        ("node-error", |call| Answer::error(-32602, &echo(call))),
        ("no-method", |call| Answer::no_method(&echo(call))),
        ("bad-answer", |call| {
            Answer::result(&json!({ echo(call): echo(call) }))
        }),
        ("interrupted", |call| Answer {
            cut: Some(20),
            ..Answer::text(200, &echo(call))
        }),
        ("timeout", |call| Answer {
            delay: Duration::from_secs(3),
            ..Answer::text(200, &echo(call))
        }),
    ];
    for (code, answer) in at_first {
        let node = FakeNode::start(move |call, _| answer(call));
        let short = |request: &mut InputRequest| request.limits.answer = Duration::from_millis(300);
        assert_eq!(clean_everything(code, &node, short), code);
        // the secrets did arrive where they belong
        let call = &node.calls()[0];
        assert_eq!(call.path, "/v3/PATHKEY0123456789?token=QUERYKEY987654321");
        assert_eq!(
            call.authorization.as_deref(),
            Some("Basic aGlkZGVuLXVzZXI6aGlkZGVuIHBhc3M=")
        );
    }
    let node = FakeNode::start(|call, _| Answer::text(200, &echo(call)));
    assert_eq!(
        clean_everything("too-large", &node, |request| request.limits.bytes = 8),
        "too-large"
    );
    let unreachable = |request: &mut InputRequest| {
        let url = "http://hidden-user:hidden%20pass@127.0.0.1:1/PATHKEY0123456789?token=QUERYKEY987654321";
        request.source = InputSource::Node(Endpoint::parse(url).unwrap());
    };
    assert_eq!(
        clean_everything("unreachable", &node, unreachable),
        "unreachable"
    );
}

#[test]
fn no_later_error_and_no_file_shows_a_key() {
    let Some((_, recorded)) = real_block() else {
        return;
    };
    type Change = fn(&Call) -> Option<Answer>;
    let later: [(&str, Change); 8] = [
        ("ok", |_| None),
        ("wrong-chain", |call| {
            (call.method == "eth_chainId").then(|| Answer::result(&json!("0x5")))
        }),
        ("future-block", |call| match call.method.as_str() {
            "debug_getRawBlock" => {
                Some(Answer::error(-32000, &format!("{} not found", echo(call))))
            }
            "eth_blockNumber" => Some(Answer::result(&json!("0x5"))),
            _ => None,
        }),
        ("pruned", |call| {
            (call.method == "debug_getRawBlock")
                .then(|| Answer::error(4444, &format!("pruned {}", echo(call))))
        }),
        ("pruned", |call| {
            (call.method == "debug_executionWitness")
                .then(|| Answer::error(-32000, &format!("no state {}", echo(call))))
        }),
        ("bad-answer", |call| {
            (call.method == "debug_getRawBlock").then(|| Answer::result(&json!(echo(call))))
        }),
        ("bad-answer", |call| {
            (call.method == "debug_executionWitness")
                .then(|| Answer::result(&json!({"state": [echo(call)], "codes": []})))
        }),
        ("witness-mismatch", |call| {
            let empty = json!({"state": [], "codes": [], "extra": echo(call), "headers": ["0xc0"]});
            match call.method.as_str() {
                "debug_executionWitness" => Some(Answer::result(&empty)),
                "debug_getRawHeader" => Some(Answer::result(&json!("0xc0"))),
                _ => None,
            }
        }),
    ];
    for (code, change) in later {
        let recorded = recorded.clone();
        let node =
            FakeNode::start(move |call, _| change(call).unwrap_or_else(|| honest(&recorded, call)));
        assert_eq!(
            clean_everything(code, &node, |request| request.chain_id = Some(1)),
            code
        );
    }
}
