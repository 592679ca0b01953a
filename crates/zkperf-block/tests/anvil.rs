//! A real node that has no execution witnesses: anvil.
//!
//! The binary is the one `ZKPERF_ANVIL` names, or `anvil` on the PATH (npm: `@foundry-rs/anvil-linux-amd64`).

mod support;

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{fetch, files_below, skip};
use zkperf_block::{BlockError, Endpoint, InputRequest, InputSource, Store};

struct Anvil {
    child: Child,
    port: u16,
}

impl Anvil {
    fn start() -> Option<Self> {
        let binary =
            std::env::var_os("ZKPERF_ANVIL").map_or_else(|| PathBuf::from("anvil"), PathBuf::from);
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(binary)
            .args(["--port", &port.to_string(), "--silent"])
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        let anvil = Self { child, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "anvil does not listen"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(anvil)
    }
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn anvil_cannot_serve_a_witness() {
    let Some(anvil) = Anvil::start() else {
        return skip("anvil");
    };
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{}", anvil.port);
    let source = InputSource::Node(Endpoint::parse(&url).unwrap());
    let mut request = InputRequest::new(source, Some(0), Store::at(folder.path()));

    request.chain_id = Some(1);
    let error = fetch(&request).unwrap_err();
    assert!(
        matches!(&error, BlockError::WrongChain { actual, .. } if actual == "31337"),
        "{error:?}"
    );

    request.chain_id = None;
    let error = fetch(&request).unwrap_err();
    println!("{error}");
    assert!(
        matches!(
            &error,
            BlockError::NoMethod { .. } | BlockError::NoChainConfig { .. }
        ),
        "{error:?}"
    );
    assert!(
        error.to_string().contains(&url) && error.to_string().contains("debug"),
        "{error}"
    );

    let left = files_below(folder.path());
    assert!(left.is_empty(), "{left:?}");
}
