//! `zkperf build`: build a guest, record what made it.

use crate::cli::{BuildArgs, Global, GuestSource};
use crate::commands::GUESTS;
use crate::own_command::Group;
use crate::project::Project;
use crate::{exit, files, progress, report, zkvms};
use anyhow::{anyhow, Result};
use std::path::{Path, PathBuf};
use zkperf_build::{BuildRecord, BuildRequest, BuiltGuest, Guest, Overrides, Progress};

/// Runs the command.
///
/// # Errors
/// A missing toolchain, an unknown guest or variant, a build that fails.
pub fn run(global: &Global, args: &BuildArgs) -> Result<()> {
    if args.source.guest.is_none() {
        if let Some(project) = Project::with_guests(&args.project, args.checkout.as_ref())? {
            return own(global, args, &project);
        }
    }
    let Some(zkvm) = &args.zkvm else {
        return Err(exit::which_zkvm());
    };
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(GUESTS));
    files::probe_folder(&out)?;
    let mut built = Vec::new();
    for zkvm in selection(zkvm) {
        built.push(build(global, &zkvm, &args.source, &out)?);
    }
    if global.json {
        let documents = built.iter().map(document).collect();
        return report::json_each("zkperf-builds/1", "builds", documents);
    }
    let texts: Vec<String> = built.iter().map(text).collect();
    report::text_out(&texts.join("\n"))
}

/// Builds the guests that zkperf.toml names.
fn own(global: &Global, args: &BuildArgs, project: &Project) -> Result<()> {
    let mut documents = Vec::new();
    let mut texts = Vec::new();
    for zkvm in project.zkvms(args.zkvm.as_deref())? {
        let elf = project.build(global, &zkvm, &args.source, args.out.as_deref())?;
        let bytes = files::read(&elf)?;
        let sha256 = files::sha256(&bytes);
        texts.push(format!(
            "elf       {}\nsha256    {sha256}\nbytes     {}\n",
            elf.display(),
            zkperf_report::thousands(bytes.len() as u64)
        ));
        let record = files::read(&elf.with_extension("json")).ok();
        let record: Option<BuildRecord> =
            record.and_then(|json| serde_json::from_slice(&json).ok());
        documents.push(serde_json::json!({
            "schema": "zkperf-build/1",
            "elf": elf,
            "zkvm": zkvm,
            "elf_sha256": sha256,
            "build": record.filter(|record| record.elf_sha256 == sha256),
        }));
    }
    if global.json {
        return report::json_each("zkperf-builds/1", "builds", documents);
    }
    report::text_out(&texts.join("\n"))
}

/// The zkVM as asked for, or one of each for `all`. Building asks for a recipe, not for an engine: guests can be built
/// for versions that this binary does not run.
fn selection(wanted: &str) -> Vec<String> {
    match wanted {
        "all" => zkvms::all().iter().map(|zkvm| zkvm.name().into()).collect(),
        one => vec![one.into()],
    }
}

fn document(built: &BuiltGuest) -> serde_json::Value {
    serde_json::json!({
        "schema": "zkperf-build/1",
        "elf": built.elf_path,
        "record": built.record_path,
        "build": built.record,
    })
}

fn text(built: &BuiltGuest) -> String {
    let record = &built.record;
    format!(
        "elf       {}\nrecord    {}\nsha256    {}\nbytes     {}\ncompiler  {}\n",
        built.elf_path.display(),
        built.record_path.display(),
        record.elf_sha256,
        zkperf_report::thousands(record.elf_bytes),
        record.compiler.first().map_or("", String::as_str),
    )
}

/// Builds a guest with progress on the terminal.
///
/// # Errors
/// As [`run`].
pub fn build(global: &Global, zkvm: &str, source: &GuestSource, out: &Path) -> Result<BuiltGuest> {
    let request = BuildRequest {
        zkvm: zkvm.to_owned(),
        guest: guest_of(source.guest.as_deref()),
        variant: source.variant.clone(),
        out_dir: out.to_owned(),
        target_dir: None,
        fields: zkperf_labels::FIELDS.to_vec(),
        overrides: Overrides::default(),
    };
    let built = build_request(global, &request)?;
    match source.layout {
        true => has_layout(built),
        false => Ok(built),
    }
}

/// The guest that `--guest` names.
pub fn guest_of(named: Option<&str>) -> Guest {
    match named {
        None | Some("reference") => Guest::Reference,
        Some(folder) => Guest::Dir(PathBuf::from(folder)),
    }
}

/// Refuses a guest whose contracts cannot be labelled.
fn has_layout(built: BuiltGuest) -> Result<BuiltGuest> {
    let names = zkperf_labels::FIELDS.map(|(owner, field)| format!("{owner}.{field}"));
    let known = &built.record.layout;
    let lacking = names.iter().find(|name| !known.contains_key(*name));
    match lacking {
        None => Ok(built),
        Some(name) => Err(anyhow!(
            "{} was built, but where {name} is cannot be told: it is no guest of ethrex's, or that crate was compiled \
             before zkperf asked the compiler; remove the guest's `target` folder to have it compiled again",
            built.elf_path.display()
        )),
    }
}

/// As [`build`], of a request that is made already.
///
/// # Errors
/// As [`zkperf_build::build`].
pub fn build_request(global: &Global, request: &BuildRequest) -> Result<BuiltGuest> {
    let spinner = progress::Spinner::new(global.quiet, "building the guest");
    let mut running = None;
    let mut show = |progress: Progress<'_>| match progress {
        Progress::Toolchain(toolchain) => spinner.say(format!("building with {}", toolchain.name)),
        Progress::Started(process) => running = Some(Group::led_by(process)),
        Progress::Cargo(line) => spinner.say(line.trim().to_owned()),
        Progress::Written(path) => spinner.say(format!("wrote {}", path.display())),
    };
    let built = zkperf_build::build(request, &mut show);
    drop(running);
    progress::wait_if_ending();
    Ok(built?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkperf_build::Recipe;

    #[test]
    fn there_is_a_recipe_for_every_version_that_runs() {
        for zkvm in zkvms::all() {
            let id = zkvm.id();
            assert!(Recipe::find(&id).is_some(), "{id}");
        }
        for name in selection("all") {
            assert!(Recipe::find(&name).is_some(), "{name}");
        }
    }
}
