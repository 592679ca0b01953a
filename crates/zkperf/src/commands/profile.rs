//! `zkperf profile`: run a guest, write its exact profile.

use crate::cli::{Global, ProfileArgs};
use crate::session::{current_commit, file_name, Session, Totals, Written};
use crate::{exit, guest, report, zkvms};
use anyhow::{anyhow, Result};
use std::path::PathBuf;

/// Runs the command.
///
/// # Errors
/// A file or guest that cannot be read; a guest that stops early (its partial profile is written).
pub fn run(global: &Global, args: &ProfileArgs) -> Result<()> {
    let zkvm = zkvms::by_name(&args.guest.zkvm)?;
    let elf = args
        .guest
        .elf
        .as_deref()
        .ok_or_else(|| anyhow!("which guest? give --elf FILE (`zkperf build` makes one)"))?;
    let guest = guest::load(zkvm.as_ref(), elf, global.quiet)?;
    let (input, input_id) = guest::read_input(&args.guest.input)?;
    let path = args.out.clone().unwrap_or_else(|| {
        PathBuf::from("profiles")
            .join(zkvm.name())
            .join(file_name(&args.title, &current_commit()))
    });
    let session = Session {
        zkvm: zkvm.as_ref(),
        guest: &guest,
        input,
        input_id,
        title: &args.title,
        max_steps: args.guest.max_steps,
    };
    let written = session.profile(global, &path, args.stats)?;
    show(global, &written)?;
    match &written.fault {
        None => Ok(()),
        Some(fault) => Err(exit::Coded {
            message: format!("{fault}\nthe partial profile is {}", written.path.display()),
            code: 1,
        }
        .into()),
    }
}

fn show(global: &Global, written: &Written) -> Result<()> {
    let data = written.profile.data();
    if global.json {
        return report::json(&serde_json::json!({
            "schema": "zkperf-profile-written/1",
            "profile": written.path,
            "stats": written.stats,
            "zkvm": data.run.zkvm,
            "version": data.run.zkvm_version,
            "elf_sha256": data.run.elf.sha256,
            "input_sha256": data.run.input.sha256,
            "output_sha256": data.run.output_sha256,
            "completeness": data.completeness,
            "totals": Totals::of(&written.profile),
            "resyncs": data.resyncs.iter().map(|resync| resync.count).sum::<u64>(),
            "unattributed": data.unattributed,
            "touched_bytes": written.touched_bytes,
            "loader_peak_bytes": written.loader_peak_bytes,
            "run_seconds": written.seconds,
        }));
    }
    if let Some(text) = &written.stats_text {
        report::text_out(text)?;
    }
    let mut text = zkperf_report::summary(&written.profile).render(&report::style(global));
    text += &format!(
        "\nprofile     {}  ({:.2} s)\n",
        written.path.display(),
        written.seconds
    );
    if let Some(stats) = &written.stats {
        text += &format!("report      {}\n", stats.display());
    }
    text += &format!("next        zkperf top {}\n", written.path.display());
    report::text_out(&text)
}
