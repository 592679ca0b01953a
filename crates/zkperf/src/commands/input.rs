//! `zkperf input`: a block number becomes a checked input file.

use crate::cli::{Global, InputArgs, SourceArgs};
use crate::session::current_commit;
use crate::{exit, files, progress, report};
use anyhow::Result;
use std::path::{Path, PathBuf};
use zkperf_block::{
    fetch_input, Endpoint, InputFormat, InputRequest, InputSource, Progress, Store, StoredInput,
    FORMATS,
};
use zkperf_report::thousands;

/// Runs the command.
///
/// # Errors
/// Whatever keeps the block from being fetched, checked or written.
pub fn run(global: &Global, args: &InputArgs) -> Result<()> {
    let recorded = match args.source.recorded.as_slice() {
        [] => None,
        [one] => Some(one.as_path()),
        _ => {
            return Err(exit::usage(
                "`zkperf input` takes one --recorded; `zkperf bench` takes several",
            ))
        }
    };
    if let Some(folder) = &args.out {
        files::probe_folder(folder)?;
    }
    if let Some(path) = &args.save_recorded {
        files::probe(path)?;
    }
    let all = args.format == "all";
    let formats: Vec<&str> = if all {
        FORMATS.iter().map(|spec| spec.name).collect()
    } else {
        vec![&args.format]
    };
    let mut inputs = Vec::new();
    for format in formats {
        let mut request = request(&args.source, args.block, recorded, format)?;
        let folder = |out: &PathBuf| if all { out.join(format) } else { out.clone() };
        request.output_dir = args.out.as_ref().map(folder);
        request.save_recorded = args.save_recorded.clone();
        inputs.push(fetch(global, &request)?);
    }
    if global.json {
        let document = |input| serde_json::json!({ "schema": "zkperf-input/1", "input": input });
        let documents = inputs.iter().map(document).collect();
        return report::json_each("zkperf-inputs/1", "inputs", documents);
    }
    let texts: Vec<String> = inputs.iter().map(text).collect();
    report::text_out(&texts.join("\n"))
}

fn text(input: &StoredInput) -> String {
    let origin = if input.from_store {
        "from the store"
    } else {
        "checked natively"
    };
    let mut out = format!(
        "{}\n{} block {}: {} transactions, {} gas, {} bytes, {origin}\nsha256 {}\n",
        input.path.display(),
        input.chain,
        input.block,
        input.transactions,
        thousands(input.gas_used),
        thousands(input.bytes),
        input.sha256,
    );
    if let Some(recorded) = &input.recorded {
        out += &format!("recorded {}\n", recorded.display());
    }
    out
}

/// The request for one block.
///
/// # Errors
/// A source that is missing or cannot be one.
pub fn request(
    source: &SourceArgs,
    block: Option<u64>,
    recorded: Option<&Path>,
    format: &str,
) -> Result<InputRequest> {
    let from = match (recorded, &source.rpc_url) {
        (Some(path), _) => InputSource::Recorded(path.to_owned()),
        (None, Some(url)) => InputSource::Node(Endpoint::parse(url)?),
        (None, None) => InputSource::StoreOnly,
    };
    let mut request = InputRequest::new(from, block, store(source.store.as_ref())?);
    request.chain_id = source.chain_id;
    request.refetch = source.refetch;
    request.trusted = source.ca_file.clone();
    request.commit = Some(current_commit()).filter(|commit| !commit.is_empty());
    request.format = InputFormat::from_name(format).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().map(|spec| spec.name).collect();
        exit::usage(format!(
            "no input format is called {format:?}; there are: {}, all",
            known.join(", ")
        ))
    })?;
    Ok(request)
}

fn store(folder: Option<&PathBuf>) -> Result<Store> {
    Ok(match folder {
        Some(folder) => Store::at(folder),
        None => Store::default_place()?,
    })
}

/// Fetches with progress on the terminal.
///
/// # Errors
/// As [`run`].
pub fn fetch(global: &Global, request: &InputRequest) -> Result<StoredInput> {
    let spinner = progress::Spinner::new(global.quiet, "looking for the block");
    let mut show = |progress: Progress| match progress {
        Progress::Calling { method } => spinner.say(format!("asking the node: {method}")),
        Progress::Receiving { method, bytes, .. } => {
            spinner.say(format!("{method}: {:.1} MB", bytes as f64 / 1e6));
        }
        Progress::Retrying {
            method,
            reason,
            wait_ms,
            attempt,
            of,
        } => spinner.say(format!(
            "{method}: {reason}; attempt {attempt} of {of} in {:.1} s",
            wait_ms as f64 / 1e3
        )),
        Progress::Checking { block } => spinner.say(format!("checking block {block} natively")),
        Progress::FromStore { block } => spinner.say(format!("block {block} is in the store")),
        Progress::Storing { .. } => spinner.say("storing"),
        _ => {}
    };
    Ok(fetch_input(request, &mut show)?)
}
