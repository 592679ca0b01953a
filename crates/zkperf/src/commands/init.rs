//! `zkperf init`: the workflow, laid down in a repository.

use crate::cli::{Global, InitArgs};
use crate::report;
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use zkperf_init::{recognise, Candidate, Options, Plan, Recognised, Written, BENCH_DIR};

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    root: &'a Path,
    git: bool,
    recognised: &'a Recognised,
    #[serde(flatten)]
    written: &'a Written,
    notes: &'a [String],
    next: &'a [String],
}

/// Runs the command.
///
/// # Errors
/// The folder is none, or a file cannot be written.
pub fn run(global: &Global, args: &InitArgs) -> Result<()> {
    let root = args
        .dir
        .canonicalize()
        .with_context(|| format!("cannot look at {}", args.dir.display()))?;
    let recognised = recognise(&root);
    let options = Options {
        name: args.name.clone().unwrap_or_else(|| folder_name(&root)),
        blocks: args.block.clone(),
        recorded: args.recorded.clone(),
        ci: args.ci,
    };
    let written = Plan::new(&recognised, &options).write(&root, args.force)?;
    let git = root.ancestors().any(|folder| folder.join(".git").exists());
    let notes = notes(&root, git, &recognised);
    let next = next(&recognised, &options);
    if global.json {
        return report::json(&Document {
            schema: "zkperf-init/1",
            root: &root,
            git,
            recognised: &recognised,
            written: &written,
            notes: &notes,
            next: &next,
        });
    }
    report::text_out(&text(&root, &recognised, &written, &notes, &next))
}

fn folder_name(root: &Path) -> String {
    let name = root
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "guest".to_owned())
}

fn notes(root: &Path, git: bool, recognised: &Recognised) -> Vec<String> {
    let mut notes = Vec::new();
    if !git {
        notes.push(format!(
            "{} is in no git repository: profiles cannot name the commit they are of, and `zkperf lab` needs one; \
             `git init` makes it",
            root.display()
        ));
    }
    if recognised.guests.is_empty() {
        notes.push(
            "no guest was recognised: name yours in zkperf.toml, whose [guest] section says how (a folder to build, a \
             command of your own, or an ELF)"
                .to_owned(),
        );
    }
    for (zkvm, guests) in &recognised.guests {
        if let [taken, others @ ..] = guests.as_slice() {
            if !others.is_empty() {
                let others: Vec<&str> = others.iter().map(|guest| guest.package.as_str()).collect();
                notes.push(format!(
                    "{zkvm}: took {} of {} guests; the others are {}",
                    taken.package,
                    guests.len(),
                    others.join(", ")
                ));
            }
        }
    }
    notes
}

fn next(recognised: &Recognised, options: &Options) -> Vec<String> {
    let zkvm = recognised.chosen().next().map_or("zisk", |(zkvm, _)| zkvm);
    let block = options
        .blocks
        .first()
        .map_or("N".to_owned(), u64::to_string);
    let mut next = vec!["zkperf doctor".to_owned()];
    if recognised.guests.is_empty() {
        next.insert(0, "$EDITOR zkperf.toml".to_owned());
    }
    next.push(format!(
        "make -C {BENCH_DIR} bench ZKVM={zkvm} BLOCK={block} RPC_URL=$RPC_URL TITLE=baseline"
    ));
    next
}

fn text(
    root: &Path,
    recognised: &Recognised,
    written: &Written,
    notes: &[String],
    next: &[String],
) -> String {
    let mut out = format!("in {}\n", root.display());
    for (zkvm, guest) in recognised.chosen() {
        out += &format!("guest     {zkvm:<6} {}\n", about(guest));
    }
    let mut list = |what: &str, files: &[String]| {
        for file in files {
            out += &format!("{what:<9} {}\n", PathBuf::from(file).display());
        }
    };
    list("wrote", &written.written);
    list("kept", &written.kept);
    list("same", &written.same);
    if !written.kept.is_empty() {
        out += "note      what was kept has other content; --force writes over it (never over the logbook)\n";
    }
    for note in notes {
        out += &format!("note      {note}\n");
    }
    for command in next {
        out += &format!("next      {command}\n");
    }
    zkperf_report::printable(&out)
}

fn about(guest: &Candidate) -> String {
    let layout = guest.layout.map_or("no known layout", |layout| layout.name);
    format!("{}  ({layout}; {})", guest.package, guest.sdk)
}
