//! Nodes behind TLS: a certificate that leads to a trusted one is accepted, any other is one clear error, and the
//! key in the URL is shown by neither.

mod support;

use serde_json::json;
use std::sync::Arc;
use support::{fetch, request, Answer, FakeNode};
use zkperf_block::{BlockError, Endpoint, InputRequest, InputSource};

const KEY: &str = "PATHKEY0123456789";

/// A node with a certificate for `host`, and that certificate as PEM.
fn node(host: &str) -> (FakeNode, String) {
    let made = rcgen::generate_simple_self_signed(vec![host.to_string()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let node = FakeNode::start_tls(Arc::new(config), |call, _| match call.method.as_str() {
        "eth_chainId" => Answer::result(&json!("0x1")),
        "eth_blockNumber" => Answer::result(&json!("0x5")),
        method => Answer::no_method(method),
    });
    (node, made.cert.pem())
}

fn ask(node: &FakeNode, folder: &tempfile::TempDir) -> InputRequest {
    let mut request = request(node, 4, folder);
    let url = format!("https://localhost:{}/v3/{KEY}", node.port);
    request.source = InputSource::Node(Endpoint::parse(&url).unwrap());
    request
}

fn error(request: &InputRequest) -> BlockError {
    let error = fetch(request).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(KEY), "{error:?}");
    error
}

#[test]
fn a_certificate_that_leads_nowhere_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let (node, _) = node("localhost");
    let error = error(&ask(&node, &folder));
    assert_eq!(error.code(), "untrusted", "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&format!("https://localhost:{}", node.port)),
        "{text}"
    );
    assert!(
        text.contains("certificate") && text.contains("--ca-file"),
        "{text}"
    );
    assert!(node.calls().is_empty(), "nothing was sent");
}

#[test]
fn a_certificate_of_the_users_own_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let (node, pem) = node("localhost");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    let mut request = ask(&node, &folder);
    request.trusted = Some(file);
    // The node speaks: it lacks the methods, which is what the error is about now.
    let error = error(&request);
    assert_eq!(error.code(), "no-method", "{error}");
    assert_eq!(node.methods()[0], "eth_chainId");
    assert_eq!(node.calls()[0].path, format!("/v3/{KEY}"));
}

#[test]
fn a_certificate_for_another_host_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (node, pem) = node("example.org");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, pem).unwrap();
    let mut request = ask(&node, &folder);
    request.trusted = Some(file);
    assert_eq!(error(&request).code(), "untrusted");
}

#[test]
fn a_file_without_certificates_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (node, _) = node("localhost");
    for (name, content, code) in [
        ("empty.pem", Some("nothing here\n"), "bad-certificates"),
        ("absent.pem", None, "file"),
    ] {
        let file = folder.path().join(name);
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let mut request = ask(&node, &folder);
        request.trusted = Some(file);
        let error = error(&request);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
}

/// `http://` to a TLS port, and `https://` to a plain one: errors, not hangs.
#[test]
fn the_wrong_scheme_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, _) = node("localhost");
    let plain = FakeNode::start(|call, _| Answer::no_method(&call.method));
    for (scheme, port) in [("http", tls.port), ("https", plain.port)] {
        let mut request = ask(&tls, &folder);
        let url = format!("{scheme}://localhost:{port}/v3/{KEY}");
        request.source = InputSource::Node(Endpoint::parse(&url).unwrap());
        let error = error(&request);
        assert!(
            ["unreachable", "interrupted"].contains(&error.code()),
            "{scheme}: {error}"
        );
    }
}
