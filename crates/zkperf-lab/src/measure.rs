//! Building and profiling the whole set.

use std::path::PathBuf;

use crate::chain::Chain;
use crate::error::LabError;
use crate::lab::Lab;
use crate::measured::Measured;
use crate::row::{Mover, Validation};
use crate::workbench::{BuiltGuest, ProfiledRun, Workbench};

/// Every zkVM on every block.
pub(crate) struct Measurement {
    pub guests: Vec<BuiltGuest>,
    pub runs: Vec<ProfiledRun>,
}

/// What is said of files that appear while guests are built.
pub(crate) const LEFT_BY_BUILDS: &str =
    "they were not there before the guests were built: what builds leave behind must be ignored";

/// Functions named in a result.
const MOVERS: usize = 10;

impl Lab<'_> {
    /// Builds all guests from the working tree and profiles them.
    pub(crate) fn measure(&self, bench: &mut dyn Workbench) -> Result<Measurement, LabError> {
        let zkvms = bench
            .zkvms()
            .map_err(LabError::workbench("no zkVM to measure on"))?;
        let mut guests = Vec::new();
        for zkvm in &zkvms {
            self.hooks.say(&format!("building for {zkvm}"));
            let built = bench.build(zkvm);
            guests.push(built.map_err(LabError::workbench(format!(
                "cannot build the guest for {zkvm}"
            )))?);
            // Told now, and not when all the others were built and profiled as well.
            self.is_clean(LEFT_BY_BUILDS)?;
        }
        let mut runs = Vec::new();
        for guest in &guests {
            self.hooks.say(&format!("profiling on {}", guest.zkvm));
            let folder = self.store.file("profiles");
            let done = bench.profile(guest, &folder);
            let what = format!("cannot profile on {}", guest.zkvm);
            // Filed before the next guest's, which may have the same names.
            for mut run in done.map_err(LabError::workbench(what))? {
                self.file_profile(&mut run)?;
                runs.push(run);
            }
        }
        Ok(Measurement { guests, runs })
    }

    /// Where the profile of a run is kept. Same program and same input: same figures.
    pub(crate) fn profile_of(&self, run: &Measured) -> PathBuf {
        let part = |hash: &str| hash.get(..16).unwrap_or(hash).to_owned();
        let side = &run.side;
        let name = format!(
            "{}-{}-{}-{}.zkp",
            side.zkvm,
            side.zkvm_version,
            part(&side.elf_sha256),
            part(&side.input_sha256)
        );
        self.store.file("profiles").join(name)
    }

    /// The profiles of a result's pairs, before and after, as far as they are still there.
    pub fn profiles(&self, result: &Validation) -> Vec<[PathBuf; 2]> {
        let pair = |case| {
            let sides = [Measured::before(case), Measured::after(case)];
            sides.map(|run| self.profile_of(&run))
        };
        let pairs = result.cases.iter().map(pair);
        pairs
            .filter(|pair| pair.iter().all(|path| path.is_file()))
            .collect()
    }

    /// Forgets the profiles that nothing will be compared with any more: all but the baseline's and the last result's.
    pub(crate) fn prune_profiles(&self, chain: &Chain) {
        let mut kept: Vec<PathBuf> = Vec::new();
        if let Some(standing) = chain.standing() {
            kept.extend(standing.figures.iter().map(|run| self.profile_of(run)));
        }
        if let Some((_, result)) = chain.last_result() {
            let runs = result.cases.iter().map(Measured::after);
            kept.extend(runs.map(|run| self.profile_of(&run)));
        }
        let files = std::fs::read_dir(self.store.file("profiles"));
        // What cannot be removed is only in the way of nobody.
        for file in files.into_iter().flatten().flatten() {
            if !kept.contains(&file.path()) {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }

    fn file_profile(&self, run: &mut ProfiledRun) -> Result<(), LabError> {
        let path = self.profile_of(&run.measured);
        if run.profile != path {
            std::fs::rename(&run.profile, &path)
                .map_err(|error| LabError::file("write", &path, error))?;
            run.profile = path;
        }
        Ok(())
    }

    /// The functions whose own cost changed most, where the baseline's profiles are at hand: a clone has none.
    pub(crate) fn movers(
        &self,
        bench: &mut dyn Workbench,
        before: &[Measured],
        runs: &[ProfiledRun],
    ) -> Result<Vec<Mover>, LabError> {
        let mut movers: Vec<Mover> = Vec::new();
        for run in runs {
            let base = before.iter().find(|base| base.key() == run.measured.key());
            let Some(base) = base
                .map(|base| self.profile_of(base))
                .filter(|path| path.is_file())
            else {
                continue;
            };
            let mut add = |path: &std::path::Path, side: fn(&mut Mover) -> &mut u64| {
                let functions = bench.functions(path);
                let what = format!("cannot read {}", path.display());
                for (function, cost) in functions.map_err(LabError::workbench(what))? {
                    let zkvm = &run.measured.side.zkvm;
                    let is_it = |m: &&mut Mover| m.zkvm == *zkvm && m.function == function;
                    let known = movers.iter_mut().find(is_it);
                    if let Some(known) = known {
                        *side(known) = side(known).saturating_add(cost);
                        continue;
                    }
                    let mut new = Mover {
                        zkvm: zkvm.clone(),
                        function,
                        before: 0,
                        after: 0,
                    };
                    *side(&mut new) = cost;
                    movers.push(new);
                }
                Ok::<(), LabError>(())
            };
            add(&base, |mover| &mut mover.before)?;
            add(&run.profile, |mover| &mut mover.after)?;
        }
        Ok(most(movers))
    }
}

/// The dearest changes of each zkVM.
fn most(mut movers: Vec<Mover>) -> Vec<Mover> {
    movers.retain(|mover| mover.before != mover.after);
    let size = |mover: &Mover| mover.before.abs_diff(mover.after);
    movers.sort_by(|a, b| (size(b), &a.function).cmp(&(size(a), &b.function)));
    let mut zkvms: Vec<String> = movers.iter().map(|mover| mover.zkvm.clone()).collect();
    zkvms.sort();
    zkvms.dedup();
    let of = |zkvm: &String| {
        let its = movers.iter().filter(|mover| mover.zkvm == *zkvm);
        its.take(MOVERS).cloned().collect::<Vec<_>>()
    };
    zkvms.iter().flat_map(of).collect()
}
