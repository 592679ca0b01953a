//! `zkperf advise`: what to do next about a profile.

use crate::cli::{AdviseArgs, Global};
use crate::report;
use anyhow::{Context, Result};
use zkperf_advise::AdviseOptions;
use zkperf_profile::Profile;

/// Looks for findings.
///
/// # Errors
/// A profile that cannot be read, or has no call tree or proving cost.
pub fn run(global: &Global, args: &AdviseArgs) -> Result<()> {
    let profile = Profile::load(&args.profile)?;
    let file = args.profile.display().to_string();
    let options = AdviseOptions {
        file: &file,
        size_label: zkperf_labels::memory::KEY,
    };
    let advice = zkperf_advise::advise(&profile, &options)
        .with_context(|| format!("cannot advise on {file}"))?;
    report::view(global, &advice, |style| advice.render(args.all, style))
}
