//! `zkperf report`: a profile, or the difference of two, as one HTML file.

use crate::cli::{Global, ReportArgs};
use crate::sources::Sources;
use crate::{files, report};
use anyhow::{Context, Result};
use zkperf_profile::Profile;
use zkperf_report::html::{html, html_difference, HtmlOptions};

/// Runs the command.
///
/// # Errors
/// A profile that cannot be read; two of which no difference can be drawn; an output that cannot be written.
pub fn run(global: &Global, args: &ReportArgs) -> Result<()> {
    files::probe(&args.out)?;
    let sources = Sources::new(&args.roots.source)?;
    let text = |path: &str, line| sources.line(path, line);
    let options = HtmlOptions {
        source: &text,
        instruction: None,
        findings: &[],
    };
    let profile = Profile::load(&args.profile)?;
    let made = match &args.head {
        None => html(&profile, &options)?,
        Some(head) => {
            let loaded = Profile::load(head)?;
            html_difference(&profile, &loaded, &options)
                .with_context(|| format!("{} and {}", args.profile.display(), head.display()))?
        }
    };
    if !made.data.inlined && !global.quiet {
        eprintln!(
            "note: there are no source lines to show; the page has functions of the ELF only"
        );
    }
    files::write(&args.out, made.page.as_bytes())?;
    if global.json {
        return report::json(&serde_json::json!({
            "schema": "zkperf-report/1",
            "file": args.out,
            "bytes": made.page.len(),
            "profiles": made.data.sides.len(),
            "inlined": made.data.inlined,
        }));
    }
    report::text_out(&format!("{}\n", args.out.display()))
}
