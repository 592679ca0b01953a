//! What the tests share: a node that answers as told, recorded blocks, skipping.
#![allow(dead_code)] // each test file is a program of its own and uses a part of this

use serde_json::{json, Value};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zkperf_block::{BlockError, Endpoint, InputRequest, InputSource, Recorded, Store, StoredInput};

/// What a fake node sends back.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Before the answer is sent.
    pub delay: Duration,
    /// Bytes of the body that are sent before the connection is closed; all if `None`.
    pub cut: Option<usize>,
}

impl Answer {
    pub fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![],
            body: body.into(),
            delay: Duration::ZERO,
            cut: None,
        }
    }

    pub fn result(value: &Value) -> Self {
        Self::text(
            200,
            &json!({"jsonrpc": "2.0", "id": 1, "result": value}).to_string(),
        )
    }

    pub fn error(code: i64, message: &str) -> Self {
        Self::text(
            200,
            &json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}})
                .to_string(),
        )
    }

    pub fn no_method(method: &str) -> Self {
        Self::error(
            -32601,
            &format!("the method {method} does not exist/is not available"),
        )
    }

    pub fn with_header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
}

/// A call that arrived.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub params: Value,
    /// Path and query of the request.
    pub path: String,
    pub authorization: Option<String>,
}

type Handler = dyn Fn(&Call, usize) -> Answer + Send + Sync;

/// An HTTP server on a free port of this machine. The handler gets each call and how many of the same method came
/// before it.
pub struct FakeNode {
    pub port: u16,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl FakeNode {
    pub fn start(handler: impl Fn(&Call, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (handler, log): (Arc<Handler>, _) = (Arc::new(handler), calls.clone());
        // ends with the test's process
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log) = (handler.clone(), log.clone());
                std::thread::spawn(move || serve(stream, handler.as_ref(), &log));
            }
        });
        Self { port, calls }
    }

    /// The same over TLS.
    pub fn start_tls(
        config: Arc<rustls::ServerConfig>,
        handler: impl Fn(&Call, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls = Arc::new(Mutex::new(Vec::new()));
        let (handler, log): (Arc<Handler>, _) = (Arc::new(handler), calls.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, log) = (handler.clone(), log.clone());
                let session = rustls::ServerConnection::new(config.clone()).unwrap();
                let stream = rustls::StreamOwned::new(session, stream);
                std::thread::spawn(move || serve(stream, handler.as_ref(), &log));
            }
        });
        Self { port, calls }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::parse(&self.url()).unwrap()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub fn methods(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.method).collect()
    }
}

fn serve(stream: impl Read + Write, handler: &Handler, log: &Mutex<Vec<Call>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let path = line.split_whitespace().nth(1)?.to_string();
        let (mut length, mut authorization) = (0, None);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "authorization" => authorization = Some(value.trim().to_string()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body: Value = serde_json::from_slice(&body).ok()?;
        let call = Call {
            method: body["method"].as_str()?.to_string(),
            params: body["params"].clone(),
            path,
            authorization,
        };
        let before = {
            let mut log = log.lock().unwrap();
            let before = log
                .iter()
                .filter(|earlier| earlier.method == call.method)
                .count();
            log.push(call.clone());
            before
        };
        let answer = handler(&call, before);
        std::thread::sleep(answer.delay);
        let mut head = format!(
            "HTTP/1.1 {} X\r\ncontent-length: {}\r\n",
            answer.status,
            answer.body.len()
        );
        for (name, value) in &answer.headers {
            head += &format!("{name}: {value}\r\n");
        }
        // nothing is read ahead: the client waits for the answer
        let writer = reader.get_mut();
        writer.write_all(format!("{head}\r\n").as_bytes()).ok()?;
        writer
            .write_all(&answer.body[..answer.cut.unwrap_or(answer.body.len())])
            .ok()?;
        writer.flush().ok()?;
        if answer.cut.is_some() {
            return Some(());
        }
    }
}

/// The answer of a node that holds `recorded` to `call`.
pub fn honest(recorded: &Recorded, call: &Call) -> Answer {
    let number = format!("{:#x}", recorded.block_number);
    let asks_for_it = call.params[0] == json!(number);
    match call.method.as_str() {
        "eth_chainId" => Answer::result(&json!(format!("{:#x}", recorded.chain_id))),
        "eth_blockNumber" => Answer::result(&json!(format!("{:#x}", recorded.block_number + 10))),
        "debug_getRawBlock" if asks_for_it => {
            Answer::result(&json!(format!("0x{}", hex::encode(&recorded.raw_block))))
        }
        "debug_getRawBlock" => Answer::result(&Value::Null),
        "debug_executionWitness" if asks_for_it => {
            Answer::result(&serde_json::to_value(&recorded.witness).unwrap())
        }
        method => Answer::no_method(method),
    }
}

/// A request to `node` for a block, with short pauses, into a fresh store.
pub fn request(node: &FakeNode, block: u64, folder: &tempfile::TempDir) -> InputRequest {
    let mut request = InputRequest::new(
        InputSource::Node(node.endpoint()),
        Some(block),
        Store::at(folder.path().join("store")),
    );
    request.retry.attempts = 3;
    request.retry.first_wait = Duration::from_millis(1);
    request.retry.longest_wait = Duration::from_secs(2);
    request
}

pub fn fetch(request: &InputRequest) -> Result<StoredInput, BlockError> {
    zkperf_block::fetch_input(request, &mut |_| {})
}

/// Says that a test can't run for lack of `what`; fails where everything must run.
pub fn skip(what: &str) {
    println!("skipped: {what} missing");
    assert!(
        std::env::var_os("ZKPERF_REQUIRE_ALL").is_none_or(|value| value != "1"),
        "{what} missing"
    );
}

/// A recorded mainnet block, or `None` after saying that it is missing.
pub fn real_block_path(number: u64) -> Option<PathBuf> {
    let shared = std::env::var_os("ZKPERF_SHARED").map(PathBuf::from);
    let shared =
        shared.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let path = shared
        .join("blocks")
        .join(format!("mainnet-{number}.json.zst"));
    if path.is_file() {
        return Some(path);
    }
    skip(&format!("recorded block {number} (ZKPERF_SHARED)"));
    None
}

/// The smaller real block.
pub fn real_block() -> Option<(PathBuf, Recorded)> {
    let path = real_block_path(24_628_607)?;
    let recorded = Recorded::read(&path).unwrap();
    Some((path, recorded))
}

/// Every file below `folder`.
pub fn files_below(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => out.extend(files_below(&path)),
            path => out.push(path),
        }
    }
    out
}
