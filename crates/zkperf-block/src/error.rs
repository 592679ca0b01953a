//! Everything that can go wrong, each with what to do next.

use std::io;
use std::path::PathBuf;
use zkperf_guest_core::{Reject, WITNESS_SCHEMA};

/// Why no checked input came out. `origin` fields hold a URL without its secrets, or a file's path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlockError {
    /// The node's URL can't be used.
    #[error("the RPC URL can't be used: {reason}; give one like https://host/path (it is not shown here, it may hold a key)")]
    BadUrl {
        /// What is wrong with it, without repeating it.
        reason: String,
    },
    /// The short commit for the file name is no commit.
    #[error("`{commit}` can't stand in a file name: give the short commit of the guest's repository, or none")]
    BadCommit {
        /// What was given.
        commit: String,
    },
    /// Neither the request nor its source says which block.
    #[error("no block number: give the number of the block to fetch")]
    NoBlockNumber,
    /// The node's host can't be reached.
    #[error("can't reach {origin}: {cause}; check that the node runs and that the URL and your network are right")]
    Unreachable {
        /// The node.
        origin: String,
        /// What the system said.
        cause: String,
    },
    /// The node's TLS certificate doesn't lead to a trusted one.
    #[error("can't trust {origin}: {cause}; check the URL's host, or name the certificate of who issued it with --ca-file FILE.pem (or SSL_CERT_FILE)")]
    Untrusted {
        /// The node.
        origin: String,
        /// What is wrong with the certificate.
        cause: String,
    },
    /// The file of trusted certificates can't be used.
    #[error("{} can't be used as trusted certificates: {cause}; give a PEM file", path.display())]
    BadCertificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The node didn't answer in time.
    #[error("{origin} did not answer `{method}` within {seconds} s; a witness can take minutes on a busy node: try again, or allow more time")]
    Timeout {
        /// The node.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// Time allowed, in seconds.
        seconds: f64,
    },
    /// The connection broke before the answer was complete.
    #[error("the answer of {origin} to `{method}` broke off: {cause}; try again")]
    Interrupted {
        /// The node.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// What the system said.
        cause: String,
    },
    /// The node answers more than is sensible.
    #[error("the answer of {origin} to `{method}` is larger than {limit} bytes; this does not look like a witness: check the URL")]
    TooLarge {
        /// The node.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// The node limits the rate of calls (HTTP 429, or JSON-RPC -32005).
    #[error("{origin} limits the rate of calls: `{method}` failed {attempts} time(s){}; wait, or use another node", .wait_s.map(|s| format!(", it asks to wait {s} s")).unwrap_or_default())]
    RateLimited {
        /// The node.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// Attempts made.
        attempts: u32,
        /// Seconds the node last asked to wait.
        wait_s: Option<u64>,
    },
    /// The node, or what stands before it, is out of order (HTTP 5xx).
    #[error("{origin} answered HTTP {status} to `{method}`, {attempts} time(s){}; the node is overloaded or down: try later, or use another", said(.message))]
    ServerFault {
        /// The node.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// HTTP status.
        status: u16,
        /// Attempts made.
        attempts: u32,
        /// What it said, without secrets.
        message: String,
    },
    /// The node doesn't accept the key (HTTP 401, 403).
    #[error("{origin} refuses access (HTTP {status}){}; check the API key or password in the URL", said(.message))]
    AccessDenied {
        /// The node.
        origin: String,
        /// HTTP status.
        status: u16,
        /// What it said, without secrets.
        message: String,
    },
    /// Any other HTTP status.
    #[error("{origin} answered HTTP {status} to `{method}`{}; check the URL's path: this should be a node's JSON-RPC endpoint", said(.message))]
    HttpStatus {
        /// The node.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// HTTP status.
        status: u16,
        /// What it said, without secrets.
        message: String,
    },
    /// The answer isn't a JSON-RPC response.
    #[error("{origin} did not answer `{method}` with JSON-RPC but with {what}{}; check that the URL is a node's JSON-RPC endpoint", said(.start))]
    NotJsonRpc {
        /// The node.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// What it seems to be, e.g. `an HTML page`.
        what: String,
        /// How it starts, without secrets.
        start: String,
    },
    /// The node reports an error of its own.
    #[error("{origin} answered `{method}` with error {code}: {message}; see the node's log")]
    NodeError {
        /// The node.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// JSON-RPC error code.
        code: i64,
        /// The node's words, without secrets.
        message: String,
    },
    /// The node lacks a method we can't do without.
    #[error("{origin} can't serve {what}: it has none of {}; use a node with the debug namespace switched on (geth, reth, ethrex: `--http.api eth,net,web3,debug`) that serves execution witnesses, or a recorded block", .methods.join(", "))]
    NoMethod {
        /// The node.
        origin: String,
        /// What was wanted, e.g. `the execution witness`.
        what: String,
        /// Method names tried.
        methods: Vec<String>,
    },
    /// The block doesn't exist yet.
    #[error("{origin} does not know block {block} yet: its newest block is {latest}; ask for an earlier block or wait until the node has it")]
    FutureBlock {
        /// The node.
        origin: String,
        /// The block asked for.
        block: u64,
        /// The node's newest.
        latest: u64,
    },
    /// The block exists, the node no longer has what is needed.
    #[error("{origin} no longer has {what} of block {block}{}; use an archive node, or a newer block", said(.message))]
    Pruned {
        /// The node.
        origin: String,
        /// What is missing: `the body` or `the state`.
        what: &'static str,
        /// The block asked for.
        block: u64,
        /// The node's words, without secrets; may be empty.
        message: String,
    },
    /// The node is on another chain than asked for.
    #[error("{origin} is on chain {actual}, chain {expected} was asked for; use a node of that chain, or change the chain")]
    WrongChain {
        /// The node or file.
        origin: String,
        /// Chain asked for: name or id.
        expected: String,
        /// Its chain: name or id.
        actual: String,
    },
    /// Another block than asked for was delivered.
    #[error("{origin} holds block {actual}, block {expected} was asked for; ask for that block, or use another source")]
    WrongBlock {
        /// The node or file.
        origin: String,
        /// Block asked for.
        expected: u64,
        /// Block delivered.
        actual: u64,
    },
    /// An answer has a shape we don't know.
    #[error("the answer of {origin} to `{method}` can't be used: {cause}; the node may be of a version that zkperf doesn't know, try another")]
    BadAnswer {
        /// The node or file.
        origin: String,
        /// JSON-RPC method.
        method: String,
        /// What is wrong, without secrets.
        cause: String,
    },
    /// The fork schedule of a chain is nowhere to be had.
    #[error("the fork schedule of chain {chain_id} is unknown: {origin} doesn't tell it; use a node that serves `debug_chainConfig` (ethrex) or `admin_nodeInfo` (geth)")]
    NoChainConfig {
        /// The node or file.
        origin: String,
        /// The chain's id.
        chain_id: u64,
    },
    /// The witness is not the block's, or incomplete: the native check rejects it.
    #[error("the witness from {origin} does not prove block {block}: {reason}; nothing was stored. If the block is among the newest it may have been replaced: fetch it again; otherwise use another node")]
    WitnessMismatch {
        /// The node or file.
        origin: String,
        /// The block.
        block: u64,
        /// Why the check rejects it; its code is what a guest would publish.
        reason: Reject,
    },
    /// The native check itself broke down.
    #[error("checking block {block} from {origin} broke down: {cause}; nothing was stored. Please report this with the block number")]
    CheckFailed {
        /// The node or file.
        origin: String,
        /// The block.
        block: u64,
        /// The panic's message.
        cause: String,
    },
    /// A recorded file isn't one.
    #[error("{} is not a recorded block: {cause}; it should hold {{chainId, blockNumber, responses}} as JSON, plain or zstd", .path.display())]
    BadRecording {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// A file or folder can't be used.
    #[error("can't {action} {}: {cause}", .path.display())]
    File {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// No room left.
    #[error("no space left on the device while writing {}; nothing half-written was left behind. Free some space, or choose another folder", .path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// No folder for the store could be found.
    #[error("no folder for stored inputs: the home folder is unknown; set ZKPERF_HOME")]
    NoHome,
    /// A file of the store isn't what it was.
    #[error("the stored file {} is damaged: {cause}; delete it and fetch the block again", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// Only the store was allowed, and it lacks the block.
    #[error("block {block} of chain {chain} is not in the store {}; get it from a node (--rpc-url URL) or from a recorded answer (--recorded FILE)", .store.display())]
    NotStored {
        /// The store's folder.
        store: PathBuf,
        /// Chain: name or id.
        chain: String,
        /// The block.
        block: u64,
    },
    /// An input file can't be used.
    #[error("{}: {cause}", .path.display())]
    InputFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: InputFileError,
    },
}

/// Why a file is not a usable input of the reference guest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InputFileError {
    /// Nothing in it.
    #[error("the input is empty; create it anew with `zkperf input`")]
    Empty,
    /// It ends too early.
    #[error("the input is truncated: {got} bytes, at least {wanted} expected; create it anew with `zkperf input`")]
    Truncated {
        /// Bytes that should be there.
        wanted: u64,
        /// Bytes that are there.
        got: u64,
    },
    /// The content is there, not as the zkVM reads it.
    #[error("the input is not framed for {wanted}: {found}; create it with `zkperf input --format {wanted}`")]
    Misframed {
        /// Format that was wanted.
        wanted: &'static str,
        /// What was found.
        found: String,
    },
    /// It is another guest's, or no input at all.
    #[error("this is no input of the reference guest; pass the ELF it belongs to, or create one with `zkperf input`")]
    Foreign,
    /// It was made for another version of the guest.
    #[error("the input has witness schema `{found}`, this version reads `{WITNESS_SCHEMA}`: create it anew with `zkperf input` (the store converts blocks it holds without fetching them again)")]
    StaleSchema {
        /// Its schema.
        found: String,
    },
    /// The structure is right, the content isn't.
    #[error("the input is damaged: {0}; create it anew with `zkperf input`")]
    Malformed(String),
}

impl BlockError {
    /// A stable name of the kind of error, for machine-readable output.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "bad-url",
            Self::BadCommit { .. } => "bad-commit",
            Self::NoBlockNumber => "no-block-number",
            Self::Unreachable { .. } => "unreachable",
            Self::Untrusted { .. } => "untrusted",
            Self::BadCertificates { .. } => "bad-certificates",
            Self::Timeout { .. } => "timeout",
            Self::Interrupted { .. } => "interrupted",
            Self::TooLarge { .. } => "too-large",
            Self::RateLimited { .. } => "rate-limited",
            Self::ServerFault { .. } => "server-fault",
            Self::AccessDenied { .. } => "access-denied",
            Self::HttpStatus { .. } => "http-status",
            Self::NotJsonRpc { .. } => "not-json-rpc",
            Self::NodeError { .. } => "node-error",
            Self::NoMethod { .. } => "no-method",
            Self::FutureBlock { .. } => "future-block",
            Self::Pruned { .. } => "pruned",
            Self::WrongChain { .. } => "wrong-chain",
            Self::WrongBlock { .. } => "wrong-block",
            Self::BadAnswer { .. } => "bad-answer",
            Self::NoChainConfig { .. } => "no-chain-config",
            Self::WitnessMismatch { .. } => "witness-mismatch",
            Self::CheckFailed { .. } => "check-failed",
            Self::BadRecording { .. } => "bad-recording",
            Self::File { .. } => "file",
            Self::DiskFull { .. } => "disk-full",
            Self::NoHome => "no-home",
            Self::Corrupt { .. } => "corrupt",
            Self::NotStored { .. } => "not-stored",
            Self::InputFile { cause, .. } => match cause {
                InputFileError::Empty => "input-empty",
                InputFileError::Truncated { .. } => "input-truncated",
                InputFileError::Misframed { .. } => "input-misframed",
                InputFileError::Foreign => "input-foreign",
                InputFileError::StaleSchema { .. } => "input-stale-schema",
                InputFileError::Malformed(_) => "input-malformed",
            },
        }
    }

    /// An I/O error about `path`, a full disk told apart.
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, cause: io::Error) -> Self {
        let path = path.into();
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            _ => Self::File {
                action,
                path,
                cause,
            },
        }
    }
}

fn said(message: &str) -> String {
    match message {
        "" => String::new(),
        message => format!(" (\"{message}\")"),
    }
}
