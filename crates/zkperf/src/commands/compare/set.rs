//! Which profiles belong together.

use crate::cli::{CompareArgs, CompareFormat};
use crate::{exit, profile_file};
use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};
use zkperf_config::quote;
use zkperf_profile::{Profile, Run};
use zkperf_report::Unpaired;

/// Pairs of files, and files without a counterpart.
#[derive(Debug)]
pub struct Set {
    pub pairs: Vec<(PathBuf, PathBuf)>,
    pub unpaired: Vec<Unpaired>,
}

/// What a profile is paired by.
struct Member {
    path: PathBuf,
    run: Run,
}

impl Set {
    /// The set that was asked for.
    ///
    /// # Errors
    /// A folder without profiles, a profile that cannot be read, two profiles where one is meant, no pair at all.
    pub fn of(args: &CompareArgs) -> Result<Set> {
        let (before, after) = sides(args)?;
        let (before, after) = (expand(&before)?, expand(&after)?);
        // Two files are a pair, whatever they are of: a view, if not a verdict.
        if let ([before], [after]) = (before.as_slice(), after.as_slice()) {
            return Ok(Set {
                pairs: vec![(before.clone(), after.clone())],
                unpaired: Vec::new(),
            });
        }
        Set::matched(members(before)?, members(after)?)
    }

    fn matched(before: Vec<Member>, after: Vec<Member>) -> Result<Set> {
        let (before, after) = (distinct(before)?, distinct(after)?);
        let mut left: Vec<Option<Member>> = after.into_iter().map(Some).collect();
        let mut set = Set {
            pairs: Vec::new(),
            unpaired: Vec::new(),
        };
        // Of one version first; another version's is a counterpart for want of a better one.
        let mut alone = Vec::new();
        for member in before {
            match take(&mut left, |other| is_same(&member, other, true)) {
                Some(other) => set.pairs.push((member.path, other.path)),
                None => alone.push(member),
            }
        }
        for member in alone {
            match take(&mut left, |other| is_same(&member, other, false)) {
                Some(other) => set.pairs.push((member.path, other.path)),
                None => set.unpaired.push(unpaired(member, "before")),
            }
        }
        let rest = left.into_iter().flatten();
        set.unpaired
            .extend(rest.map(|member| unpaired(member, "after")));
        if set.pairs.is_empty() {
            bail!(
                "no two of these profiles are of the same zkVM and input: {}",
                set.unpaired
                    .iter()
                    .map(|one| format!("{} ({})", one.file, one.what))
                    .collect::<Vec<_>>()
                    .join(", ")
            );
        }
        Ok(set)
    }
}

/// The files and folders on either side.
fn sides(args: &CompareArgs) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    if !args.with.is_empty() {
        let before = if args.base.is_empty() {
            &args.profiles
        } else {
            &args.base
        };
        return Ok((before.clone(), args.with.clone()));
    }
    match args.profiles.as_slice() {
        [before, after] => Ok((vec![before.clone()], vec![after.clone()])),
        [_] => Err(exit::usage(
            "there is one profile only; name the one after as well: zkperf compare BEFORE AFTER",
        )),
        _ => Err(exit::usage(
            "which of these are before, and which after? zkperf compare BEFORE… --with AFTER…",
        )),
    }
}

/// Every profile that is meant: those in folders, those beside text reports, the newest of a pattern.
fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut found = Vec::new();
            profiles_in(path, &mut found)?;
            if found.is_empty() {
                bail!("there is no profile (.zkp) in {}", path.display());
            }
            found.sort();
            all.extend(found);
            continue;
        }
        all.push(match profile_file::is_pattern(path) {
            true => profile_file::find(path, &profile_file::places())?.said(),
            false => profile_file::of_file(path)?,
        });
    }
    Ok(all)
}

fn profiles_in(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let path = entry.path();
        // Links to folders are not followed: they can lead round in circles.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            profiles_in(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "zkp") {
            found.push(path);
        }
    }
    Ok(())
}

fn members(paths: Vec<PathBuf>) -> Result<Vec<Member>> {
    let read = |path: PathBuf| -> Result<Member> {
        let run = Profile::load(&path)?.into_data().run;
        Ok(Member { path, run })
    };
    paths.into_iter().map(read).collect()
}

/// Leaves out further copies of the very same run; refuses two runs where only one can be meant.
fn distinct(members: Vec<Member>) -> Result<Vec<Member>> {
    let mut kept: Vec<Member> = Vec::new();
    for member in members {
        let known = kept.iter().find(|known| is_same(known, &member, true));
        match known {
            None => kept.push(member),
            Some(known) if known.run.elf.sha256 == member.run.elf.sha256 => {}
            Some(known) => {
                return Err(exit::usage(format!(
                    "{} and {} are of the same zkVM and input, but of two guests; which one is meant? name it alone",
                    known.path.display(),
                    member.path.display()
                )))
            }
        }
    }
    Ok(kept)
}

fn is_same(a: &Member, b: &Member, version: bool) -> bool {
    let (a, b) = (&a.run, &b.run);
    a.zkvm == b.zkvm
        && !a.input.sha256.is_empty()
        && a.input.sha256 == b.input.sha256
        && (!version || a.zkvm_version == b.zkvm_version)
}

fn take(from: &mut [Option<Member>], is_it: impl Fn(&Member) -> bool) -> Option<Member> {
    let found = from
        .iter_mut()
        .find(|slot| slot.as_ref().is_some_and(&is_it));
    found?.take()
}

fn unpaired(member: Member, side: &'static str) -> Unpaired {
    let run = &member.run;
    let subject = match run.input.block {
        Some(block) => format!("block {block}"),
        None => format!("input {}", run.input.sha256.get(..12).unwrap_or("unknown")),
    };
    Unpaired {
        file: member.path.display().to_string(),
        side,
        what: format!("{} {}, {subject}", run.zkvm, run.zkvm_version),
    }
}

/// The command that makes the same comparison again.
pub fn commands(args: &CompareArgs) -> Vec<String> {
    let quoted = |paths: &[PathBuf]| -> String {
        let each = paths.iter().map(|path| quote(&path.display().to_string()));
        each.collect::<Vec<_>>().join(" ")
    };
    let before = if args.base.is_empty() {
        &args.profiles
    } else {
        &args.base
    };
    let mut command = format!("zkperf compare {}", quoted(before));
    if !args.with.is_empty() {
        command += &format!(" --with {}", quoted(&args.with));
    }
    if let Some(measure) = &args.measure {
        command += &format!(" --measure {}", quote(measure));
    }
    if let Some(by) = args.by {
        command += &format!(" --by {}", by.key());
    }
    for limit in &args.fail_above {
        command += &format!(" --fail-above {}", quote(&limit.to_string()));
    }
    if args.format == CompareFormat::Markdown {
        command += " --format markdown";
    }
    vec![command]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_survive_a_shell() {
        assert_eq!(quote("a/b-c_1.zkp"), "a/b-c_1.zkp");
        assert_eq!(quote("a b"), "'a b'");
        assert_eq!(quote("it's; rm -rf"), r"'it'\''s; rm -rf'");
        assert_eq!(quote(""), "''");
    }
}
