//! Says what a sweep would do, before it does it.

use crate::drive::Request;
use crate::error::SweepError;
use crate::plan::Strategy;
use crate::record::BuildOutcome;
use crate::setting::Setting;
use crate::store::Store;
use crate::target::{LeftOut, Target};
use crate::workbench::Workbench;
use serde::Serialize;
use std::collections::HashMap;

/// What a sweep would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Announcement {
    /// `zkperf-sweep-plan/1`.
    pub schema: &'static str,
    /// In which combinations.
    pub strategy: Strategy,
    /// The settings that are known now, the baseline first.
    pub settings: Vec<Planned>,
    /// Builds that are to be made for them.
    pub needed: usize,
    /// Builds of theirs that are recorded.
    pub recorded: usize,
    /// Builds that the best combinations may need at most, once they are known.
    pub combined_at_most: usize,
    /// Builds that are recorded for other sources, compilers or commands.
    pub stale_builds: usize,
}

/// A setting of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// `baseline`, or its overrides.
    pub name: String,
    /// zkVMs for which it is to be built.
    pub needed: Vec<String>,
    /// zkVMs for which it was built.
    pub recorded: Vec<String>,
    /// zkVMs for which it is another setting of this plan: (zkVM, that setting).
    pub same_as: Vec<(String, String)>,
    /// What is not built for a zkVM: (zkVM, what and why).
    pub left_out: Vec<(String, LeftOut)>,
    /// Whether nothing of it is built on any zkVM.
    pub excluded: bool,
}

/// Says what a sweep would do, and does nothing.
///
/// # Errors
/// Nothing to set, a grid that is too large; the workbench knows no such guest.
pub fn announce(
    request: &Request,
    store: &mut Store,
    bench: &mut dyn Workbench,
) -> Result<Announcement, SweepError> {
    let targets = targets(request, bench)?;
    let mut known: HashMap<(String, Setting), String> = HashMap::new();
    let mut settings = Vec::new();
    let (mut needed, mut recorded) = (0, 0);
    for setting in all_settings(request)? {
        let mut planned = Planned {
            name: setting.to_string(),
            needed: Vec::new(),
            recorded: Vec::new(),
            same_as: Vec::new(),
            left_out: Vec::new(),
            excluded: !excluded(&setting, &targets).is_empty(),
        };
        for target in &targets {
            let effective = target.effective(&setting);
            let named = |one| (target.zkvm.clone(), one);
            planned
                .left_out
                .extend(effective.left_out.into_iter().map(named));
            if planned.excluded {
                continue;
            }
            let key = (target.zkvm.clone(), effective.setting);
            if let Some(name) = known.get(&key) {
                planned.same_as.push((key.0, name.clone()));
                continue;
            }
            match store.build(&target.zkvm, &target.source, &key.1) {
                Some(BuildOutcome::Failed { .. }) if request.retry_failed => {
                    planned.needed.push(target.zkvm.clone());
                }
                Some(_) => planned.recorded.push(target.zkvm.clone()),
                None => planned.needed.push(target.zkvm.clone()),
            }
            known.insert(key, planned.name.clone());
        }
        needed += planned.needed.len();
        recorded += planned.recorded.len();
        settings.push(planned);
    }
    // One combination for each zkVM and one for all, each built for every zkVM.
    let count = targets.len();
    let combined_at_most = match (request.strategy, request.factors.names().count()) {
        (Strategy::Grid, _) | (_, 0 | 1) => 0,
        _ if count == 1 => 1,
        _ => (count + 1) * count,
    };
    let stale = targets
        .iter()
        .map(|target| store.builds_of_others(&target.zkvm, &target.source));
    Ok(Announcement {
        schema: "zkperf-sweep-plan/1",
        strategy: request.strategy,
        settings,
        needed,
        recorded,
        combined_at_most,
        stale_builds: stale.sum(),
    })
}

pub(crate) fn targets(
    request: &Request,
    bench: &mut dyn Workbench,
) -> Result<Vec<Target>, SweepError> {
    let target = |zkvm: &String| {
        let what = format!("the guest for {zkvm} cannot be swept");
        bench.target(zkvm).map_err(SweepError::workbench(what))
    };
    request.zkvms.iter().map(target).collect()
}

/// The settings that are known before anything is built.
pub(crate) fn all_settings(request: &Request) -> Result<Vec<Setting>, SweepError> {
    let mut all = vec![Setting::baseline()];
    all.extend(request.factors.settings(request.strategy)?);
    Ok(all)
}

/// What of a setting is left out on every zkVM: without that, it is another setting.
pub(crate) fn excluded(setting: &Setting, targets: &[Target]) -> Vec<LeftOut> {
    let mut everywhere = Vec::new();
    for one in setting.overrides() {
        let why: Option<Vec<&str>> = targets
            .iter()
            .map(|target| target.exclusion(&one))
            .collect();
        if let Some([first, ..]) = why.as_deref() {
            everywhere.push(LeftOut {
                setting: one.to_string(),
                why: (*first).to_owned(),
            });
        }
    }
    everywhere
}
