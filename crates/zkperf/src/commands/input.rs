//! `zkperf input`: a block number becomes a checked input file.

use crate::cli::{Global, InputArgs, SourceArgs};
use crate::inputs::{self, Making, Wanted};
use crate::project::Project;
use crate::session::current_commit;
use crate::{exit, files, progress, report};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use zkperf_block::{
    fetch_input, BlockError, Endpoint, InputFormat, InputRequest, InputSource, Progress, Store,
    StoredInput, FORMATS,
};
use zkperf_config::GuestInput;
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
    let project = Project::with_guests(&args.project, None)?;
    let config = project.as_ref().map(|project| &project.config);
    let source = inputs::source_of(&args.source, config);
    let wanted = match (recorded, args.block) {
        (None, Some(block)) => inputs::wanted(&[block], &args.source, config)?.remove(0),
        (recorded, block) => Wanted {
            recorded: recorded.map(Path::to_owned),
            block,
        },
    };
    if let Some(project) = own_format(project.as_ref(), &formats)? {
        return own(global, args, project, &source, &wanted, &formats);
    }
    let mut inputs = Vec::new();
    for format in formats {
        let family = format.split('@').next().unwrap_or(format);
        let mut request = request(&source, wanted.block, wanted.recorded.as_deref(), family)?;
        let folder = |out: &PathBuf| if all { out.join(format) } else { out.clone() };
        request.output_dir = args.out.as_ref().map(folder);
        request.save_recorded = args.save_recorded.clone();
        inputs.push(fetch_from(global, &request, &source)?);
    }
    if global.json {
        let document = |input| serde_json::json!({ "schema": "zkperf-input/1", "input": input });
        let documents = inputs.iter().map(document).collect();
        return report::json_each("zkperf-inputs/1", "inputs", documents);
    }
    let texts: Vec<String> = inputs.iter().map(text).collect();
    report::text_out(&texts.join("\n"))
}

/// The project, if the guest of one of these zkVMs reads another format than zkperf's.
fn own_format<'a>(project: Option<&'a Project>, zkvms: &[&str]) -> Result<Option<&'a Project>> {
    let Some(project) = project else {
        return Ok(None);
    };
    let guests = &project.config.guest.zkvms;
    let is_own = |zkvm: &&str| {
        let family = zkvm.split('@').next().unwrap_or(zkvm);
        let guest = guests.get(*zkvm).or_else(|| guests.get(family));
        guest.is_some_and(|guest| guest.input != GuestInput::Own)
    };
    Ok(Some(project).filter(|_| zkvms.iter().any(is_own)))
}

/// Inputs in the format of the repository's own guests.
fn own(
    global: &Global,
    args: &InputArgs,
    project: &Project,
    source: &SourceArgs,
    wanted: &Wanted,
    zkvms: &[&str],
) -> Result<()> {
    if args.save_recorded.is_some() {
        return Err(exit::usage(
            "--save-recorded keeps what a node answered, and this guest's input comes from the command that zkperf.toml \
             names; leave one out",
        ));
    }
    let mut made = Vec::new();
    for zkvm in zkvms {
        let folder = |out: &PathBuf| match zkvms.len() {
            1 => out.clone(),
            _ => out.join(zkvm),
        };
        let out = args.out.as_ref().map(folder);
        let making = Making {
            source,
            project: Some(project),
            zkvm,
            out: out.as_deref(),
        };
        made.push(making.make(global, wanted)?);
    }
    if global.json {
        let document =
            |input| serde_json::json!({ "schema": "zkperf-own-input/1", "input": input });
        let documents = made.iter().map(document).collect();
        return report::json_each("zkperf-own-inputs/1", "inputs", documents);
    }
    let lines: Vec<String> = made
        .iter()
        .map(|input| format!("{}\n", input.path.display()))
        .collect();
    report::text_out(&lines.concat())
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

/// The input store: the one that was named, or the user's.
///
/// # Errors
/// None is named and the user's folders are not known.
pub fn store(folder: Option<&PathBuf>) -> Result<Store> {
    Ok(match folder {
        Some(folder) => Store::at(folder),
        None => Store::default_place()?,
    })
}

/// The node that ethrex's workflow asks if no other is named.
const LOCAL_NODE: &str = "http://localhost:8545";

/// Fetches with progress on the terminal; where no source is named and `--local-node` is given, from the store or else
/// from this machine's node.
///
/// # Errors
/// As [`run`].
pub fn fetch_from(
    global: &Global,
    request: &InputRequest,
    source: &SourceArgs,
) -> Result<StoredInput> {
    let stored_only = matches!(request.source, InputSource::StoreOnly);
    match fetch(global, request) {
        Err(error)
            if stored_only
                && source.local_node
                && matches!(error.downcast_ref(), Some(BlockError::NotStored { .. })) =>
        {
            let mut request = request.clone();
            request.source = InputSource::Node(Endpoint::parse(LOCAL_NODE)?);
            fetch(global, &request).with_context(|| {
                "no node is named (RPC_URL), and the one on this machine does not answer for the block"
            })
        }
        done => done,
    }
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
