//! Every way in which a node can fail, against a fake one: the right error, bounded effort, nothing stored.

mod support;

use serde_json::{json, Value};
use std::time::{Duration, Instant};
use support::{fetch, files_below, request, Answer, FakeNode};
use zkperf_block::{BlockError, Endpoint, InputSource, Progress};

const BLOCK: u64 = 0x100;

/// Fetches block 256 from a node that answers as `handler` says.
fn fail(
    handler: impl Fn(&support::Call, usize) -> Answer + Send + Sync + 'static,
) -> (BlockError, FakeNode) {
    fail_with(handler, |_| {})
}

fn fail_with(
    handler: impl Fn(&support::Call, usize) -> Answer + Send + Sync + 'static,
    change: impl FnOnce(&mut zkperf_block::InputRequest),
) -> (BlockError, FakeNode) {
    let folder = tempfile::tempdir().unwrap();
    let node = FakeNode::start(handler);
    let mut request = request(&node, BLOCK, &folder);
    change(&mut request);
    let error = fetch(&request).unwrap_err();
    let left = files_below(folder.path());
    assert!(left.is_empty(), "left behind: {left:?}");
    // every error names the node and is one line
    assert!(error.to_string().contains(&node.url()), "{error}");
    assert!(!error.to_string().contains('\n'), "{error}");
    (error, node)
}

fn chain_id(call: &support::Call) -> Option<Answer> {
    (call.method == "eth_chainId").then(|| Answer::result(&json!("0x1")))
}

#[test]
fn rate_limits_are_retried_and_then_named() {
    let (error, node) = fail(|_, _| Answer::text(429, "slow down"));
    assert!(
        matches!(
            error,
            BlockError::RateLimited {
                attempts: 3,
                wait_s: None,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(node.methods(), ["eth_chainId"; 3]);
    // as some providers do it: HTTP 200 and an error code
    let (error, node) = fail(|_, _| Answer::error(-32005, "daily request count exceeded"));
    assert!(
        matches!(error, BlockError::RateLimited { attempts: 3, .. }),
        "{error:?}"
    );
    assert_eq!(node.calls().len(), 3);
}

#[test]
fn retry_after_is_obeyed_up_to_a_bound() {
    let start = Instant::now();
    let (error, node) = fail(|_, before| match before {
        0 => Answer::text(429, "").with_header("Retry-After", 1),
        _ => Answer::error(-32000, "boom"),
    });
    assert!(matches!(error, BlockError::NodeError { .. }), "{error:?}");
    assert!(start.elapsed() >= Duration::from_secs(1), "it did not wait");
    assert_eq!(node.calls().len(), 2);

    let start = Instant::now();
    let (error, node) = fail(|_, _| Answer::text(429, "").with_header("Retry-After", 3600));
    assert!(
        matches!(
            error,
            BlockError::RateLimited {
                attempts: 1,
                wait_s: Some(3600),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("3600 s"), "{error}");
    assert_eq!(node.calls().len(), 1);
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn server_faults_are_retried_and_then_named() {
    for status in [500, 502, 503, 504] {
        let (error, node) = fail(move |_, _| Answer::text(status, "upstream is down"));
        assert!(
            matches!(&error, BlockError::ServerFault { status: s, attempts: 3, .. } if *s == status),
            "{error:?}"
        );
        assert!(error.to_string().contains("upstream is down"));
        assert_eq!(node.calls().len(), 3);
    }
}

#[test]
fn a_fault_that_passes_is_forgotten() {
    // chain id: 503 then 429 then fine; the next call shows that it went on
    let (error, node) = fail(|call, before| match (call.method.as_str(), before) {
        ("eth_chainId", 0) => Answer::text(503, ""),
        ("eth_chainId", 1) => Answer::text(429, ""),
        ("eth_chainId", _) => Answer::result(&json!("0x1")),
        (method, _) => Answer::no_method(method),
    });
    assert!(matches!(error, BlockError::NoMethod { .. }), "{error:?}");
    assert_eq!(
        node.methods()[..4],
        [
            "eth_chainId",
            "eth_chainId",
            "eth_chainId",
            "debug_getRawBlock"
        ]
    );
}

#[test]
fn a_node_without_debug_methods() {
    let (error, _) =
        fail(|call, _| chain_id(call).unwrap_or_else(|| Answer::no_method(&call.method)));
    let BlockError::NoMethod { methods, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(methods, &["debug_getRawBlock", "debug_getBlockRlp"]);
    assert!(error.to_string().contains("--http.api"), "{error}");
    // as a gateway does it: HTTP 400 and another code
    let (error, _) = fail(|call, _| {
        chain_id(call).unwrap_or_else(|| {
            let body = json!({"error": {"code": -32600, "message": format!("Unsupported method: {}", call.method)}});
            Answer::text(400, &body.to_string())
        })
    });
    assert!(matches!(error, BlockError::NoMethod { .. }), "{error:?}");
}

#[test]
fn future_and_pruned_blocks_are_told_apart() {
    for gone in [
        Answer::result(&Value::Null),
        Answer::error(-32000, "block #256 not found"),
    ] {
        for (newest, future) in [("0xff", true), ("0x101", false)] {
            let gone = gone.clone();
            let (error, _) = fail(move |call, _| match call.method.as_str() {
                "eth_chainId" => Answer::result(&json!("0x1")),
                "eth_blockNumber" => Answer::result(&json!(newest)),
                _ => gone.clone(),
            });
            match (&error, future) {
                (
                    BlockError::FutureBlock {
                        block: BLOCK,
                        latest: 255,
                        ..
                    },
                    true,
                ) => {}
                (
                    BlockError::Pruned {
                        block: BLOCK,
                        what: "the body",
                        ..
                    },
                    false,
                ) => {}
                _ => panic!("{error:?}"),
            }
        }
    }
    let (error, _) = fail(|call, _| {
        chain_id(call).unwrap_or_else(|| Answer::error(4444, "pruned history unavailable"))
    });
    assert!(matches!(error, BlockError::Pruned { .. }), "{error:?}");
}

#[test]
fn another_chain_than_asked_for() {
    let (error, node) = fail_with(
        |_, _| Answer::result(&json!("0xaa36a7")),
        |request| request.chain_id = Some(1),
    );
    assert!(matches!(error, BlockError::WrongChain { .. }), "{error:?}");
    assert!(
        error.to_string().contains("sepolia") && error.to_string().contains("mainnet"),
        "{error}"
    );
    assert_eq!(node.methods(), ["eth_chainId"]);
}

#[test]
fn a_chain_whose_rules_nobody_tells() {
    let Some((_, recorded)) = support::real_block() else {
        return;
    };
    let (error, node) = fail_with(
        move |call, _| match call.method.as_str() {
            "eth_chainId" => Answer::result(&json!("0x539")),
            _ => support::honest(&recorded, call),
        },
        |request| request.block = Some(24_628_607),
    );
    assert!(
        matches!(error, BlockError::NoChainConfig { chain_id: 1337, .. }),
        "{error:?}"
    );
    assert_eq!(node.methods()[2..], ["debug_chainConfig", "admin_nodeInfo"]);
}

#[test]
fn answers_that_are_no_json_rpc() {
    for (body, what) in [
        (
            "<!DOCTYPE html><html><body>Log in</body></html>",
            "an HTML page",
        ),
        ("", "an empty body"),
        ("{\"jsonrpc\":\"2.0\",\"result\":\"0x", "broken JSON"),
        ("[1]", "other JSON"),
        ("hello", "a text"),
    ] {
        let (error, node) = fail(move |_, _| Answer::text(200, body));
        assert!(
            matches!(&error, BlockError::NotJsonRpc { what: w, .. } if w == what),
            "{body}: {error:?}"
        );
        assert_eq!(node.calls().len(), 1);
    }
    let (error, _) = fail(|_, _| Answer::result(&json!({"chain": 1})));
    assert!(matches!(error, BlockError::BadAnswer { .. }), "{error:?}");
    let (error, _) =
        fail(|call, _| chain_id(call).unwrap_or_else(|| Answer::result(&json!("0xc0"))));
    assert!(matches!(error, BlockError::BadAnswer { .. }), "{error:?}");
}

#[test]
fn refused_keys_wrong_paths_and_redirects() {
    for (status, code) in [
        (401, "access-denied"),
        (403, "access-denied"),
        (404, "http-status"),
        (405, "http-status"),
        (302, "http-status"),
    ] {
        let (error, node) = fail(move |_, _| {
            Answer::text(status, "no").with_header("location", "http://127.0.0.1:9/")
        });
        assert_eq!(error.code(), code, "{error:?}");
        assert_eq!(node.calls().len(), 1, "not retried");
    }
}

#[test]
fn a_broken_off_answer_is_tried_again() {
    let (error, node) = fail(|_, _| {
        let mut answer = Answer::result(&json!("0x1"));
        answer.cut = Some(10);
        answer
    });
    assert!(matches!(error, BlockError::Interrupted { .. }), "{error:?}");
    assert_eq!(node.calls().len(), 3);
}

#[test]
fn a_silent_node_is_given_up() {
    let (error, node) = fail_with(
        |_, _| {
            let mut answer = Answer::result(&json!("0x1"));
            answer.delay = Duration::from_secs(3);
            answer
        },
        |request| request.limits.answer = Duration::from_millis(200),
    );
    assert!(matches!(error, BlockError::Timeout { .. }), "{error:?}");
    assert!(error.to_string().contains("0.2 s"), "{error}");
    assert_eq!(node.calls().len(), 2);
}

#[test]
fn an_endless_answer_is_given_up() {
    let (error, _) = fail_with(
        |_, _| Answer::text(200, &"x".repeat(1 << 20)),
        |request| request.limits.bytes = 1 << 16,
    );
    assert!(
        matches!(error, BlockError::TooLarge { limit: 65536, .. }),
        "{error:?}"
    );
}

#[test]
fn nobody_there() {
    // a port that was free a moment ago
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = tempfile::tempdir().unwrap();
    let node = FakeNode::start(|_, _| Answer::text(500, ""));
    let mut request = request(&node, BLOCK, &folder);
    request.source =
        InputSource::Node(Endpoint::parse(&format!("http://127.0.0.1:{port}/KEY0123")).unwrap());
    let error = fetch(&request).unwrap_err();
    assert!(matches!(error, BlockError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("connection refused"), "{error}");
    request.source =
        InputSource::Node(Endpoint::parse("http://no-such-host.invalid/KEY0123").unwrap());
    let error = fetch(&request).unwrap_err();
    assert!(matches!(error, BlockError::Unreachable { .. }), "{error:?}");
    assert!(
        error.to_string().contains("http://no-such-host.invalid/…"),
        "{error}"
    );
}

#[test]
fn witnesses_a_node_cannot_give() {
    let Some((_, recorded)) = support::real_block() else {
        return;
    };
    for (answer, code) in [
        (Answer::result(&Value::Null), "pruned"),
        (
            Answer::error(
                -32000,
                "missing trie node 1234 (path ) state 0x12 is not available",
            ),
            "pruned",
        ),
        (
            Answer::error(-32603, "method handler crashed"),
            "node-error",
        ),
        (Answer::no_method("debug_executionWitness"), "no-method"),
        (
            Answer::result(&json!({"state": ["zz"], "codes": []})),
            "bad-answer",
        ),
    ] {
        let recorded = recorded.clone();
        let (error, _) = fail_with(
            move |call, _| match call.method.as_str() {
                "debug_executionWitness" => answer.clone(),
                _ => support::honest(&recorded, call),
            },
            |request| request.block = Some(24_628_607),
        );
        assert_eq!(error.code(), code, "{error:?}");
    }
}

#[test]
fn another_block_than_asked_for() {
    let Some((_, recorded)) = support::real_block() else {
        return;
    };
    let (error, _) = fail(move |call, _| match call.method.as_str() {
        "debug_getRawBlock" => {
            Answer::result(&json!(format!("0x{}", hex::encode(&recorded.raw_block))))
        }
        _ => support::honest(&recorded, call),
    });
    assert!(
        matches!(
            error,
            BlockError::WrongBlock {
                expected: BLOCK,
                actual: 24_628_607,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn progress_tells_of_retries() {
    let folder = tempfile::tempdir().unwrap();
    let node = FakeNode::start(|_, _| Answer::text(503, ""));
    let mut events = Vec::new();
    let _ = zkperf_block::fetch_input(&request(&node, BLOCK, &folder), &mut |event| {
        events.push(event)
    });
    assert_eq!(
        events[0],
        Progress::Calling {
            method: "eth_chainId".into()
        }
    );
    let retries: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Progress::Retrying {
                reason,
                wait_ms,
                attempt,
                of,
                ..
            } => Some((reason.as_str(), *wait_ms, *attempt, *of)),
            _ => None,
        })
        .collect();
    assert_eq!(retries, [("HTTP 503", 1, 2, 3), ("HTTP 503", 2, 3, 3)]);
}
