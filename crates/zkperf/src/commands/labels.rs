//! `zkperf top --by phase|tx|evm-opcode|evm-precompile|contract`.

use super::views::limit;
use crate::cli::{Global, TopArgs};
use crate::{exit, report};
use anyhow::{Context, Result};
use zkperf_labels::{apportioned, opcodes_of_nodes, partition, Counted, Dimension};
use zkperf_profile::Profile;
use zkperf_report::{Division, PartsOptions};

/// Lists the parts of a run.
///
/// # Errors
/// A profile that cannot be read, or has nothing of that kind; an unknown measure; a bad expression.
pub fn top(global: &Global, args: &TopArgs, dimension: Dimension) -> Result<()> {
    if args.inclusive {
        return Err(exit::usage(format!(
            "--by {} counts what a part costs with everything below it; leave out --inclusive",
            dimension.key()
        )));
    }
    let profile = Profile::load(&args.profile)?;
    let inlined = dimension.wants_inlined_frames() && profile.source.is_known();
    let opened = zkperf_report::open(profile, inlined)?;
    let profile = &opened.profile;
    let parts = partition(profile, dimension).with_context(|| {
        format!(
            "cannot divide {} by {}",
            args.profile.display(),
            dimension.key()
        )
    })?;
    let (counted, counts) = match dimension.counted() {
        Counted::Nothing => (None, Vec::new()),
        Counted::Entries(name) => (Some(name), parts.entries(profile)),
        Counted::Opcodes => (Some("EVM opcodes"), opcodes_of_nodes(profile)),
    };
    let by = Division {
        key: dimension.key().to_owned(),
        nouns: dimension.nouns(),
        about: dimension.about(),
        counted,
    };
    let options = PartsOptions {
        measure: args.measure.clone(),
        filter: args.filter.clone(),
        limit: limit(args.limit),
    };
    let inexact = match inlined {
        true => apportioned(profile, dimension),
        false => 0,
    };
    let view = zkperf_report::parts(profile, &parts, by, (&counts, inexact), &options)?;
    report::view(global, &view, |style| view.render(style))
}
