//! Groups of functions that count as one, joined rule by rule.

use std::collections::HashMap;
use std::hash::Hash;

use zkperf_profile::FunctionId;

use super::{Kind, Matching, Rule};

/// A function of a profile: (profile, id in it).
type Member = (usize, FunctionId);

/// Groups under construction. A group that was joined to another is empty.
#[derive(Debug, Default)]
pub(super) struct Groups {
    list: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    /// In the order in which they were added; never empty but for joined groups.
    members: Vec<Member>,
    rule: Rule,
}

impl Group {
    fn of_side(&self, side: usize) -> impl Iterator<Item = Member> + '_ {
        let all = self.members.iter().copied();
        all.filter(move |member| member.0 == side)
    }

    /// The only side that it has members on.
    fn only_side(&self) -> Option<usize> {
        let first = self.members.first()?.0;
        let alone = self.members.iter().all(|member| member.0 == first);
        alone.then_some(first)
    }
}

impl Groups {
    /// A new group without members.
    pub fn open(&mut self) -> u32 {
        self.list.push(Group {
            members: Vec::new(),
            rule: Rule::Name,
        });
        self.list.len() as u32 - 1
    }

    pub fn add(&mut self, group: u32, member: Member) {
        self.list[group as usize].members.push(member);
    }

    fn join(&mut self, into: usize, from: usize, rule: Rule) {
        let members = std::mem::take(&mut self.list[from].members);
        let from_rule = self.list[from].rule;
        let group = &mut self.list[into];
        group.members.extend(members);
        group.rule = group.rule.max(from_rule).max(rule);
    }

    /// Joins groups that have members on one side only, where those of one key are on both sides together.
    pub fn join_one_sided(&mut self, rule: Rule, key: impl Fn(Member) -> String) {
        let left = (0..self.list.len()).filter(|&at| self.list[at].only_side().is_some());
        for same in self.by_key(left, |member| Some(key(member))) {
            let sides: Vec<Option<usize>> =
                same.iter().map(|&at| self.list[at].only_side()).collect();
            if sides.contains(&Some(0)) && sides.contains(&Some(1)) {
                same[1..]
                    .iter()
                    .for_each(|&at| self.join(same[0], at, rule));
            }
        }
    }

    /// Joins a group that is on one side only, all of it compiled (or inlined), to the only group of the same key whose
    /// members on the other side are inlined (or compiled).
    pub fn join_inlined<K: Hash + Eq>(
        &mut self,
        kind: impl Fn(Member) -> Kind,
        key: impl Fn(Member) -> Option<K>,
    ) {
        // The key of the first member that has code stands for a group.
        let with_code = (0..self.list.len()).filter(|&at| {
            let first = self.list[at].members.first();
            first.is_some_and(|member| kind(*member) != Kind::Neither)
        });
        for same in self.by_key(with_code, key) {
            for &alone in &same {
                let Some((side, own)) = self.alone(alone, &kind) else {
                    continue;
                };
                let fits = |&&at: &&usize| {
                    let group = &self.list[at];
                    let there: Vec<Kind> = group.of_side(1 - side).map(&kind).collect();
                    at != alone
                        && !there.is_empty()
                        && there.iter().all(|there| *there != own)
                        && group.of_side(side).all(|here| kind(here) != own)
                };
                let candidates: Vec<&usize> = same.iter().filter(fits).collect();
                if let [only] = candidates[..] {
                    self.join(*only, alone, Rule::Inlining);
                }
            }
        }
    }

    /// Side and kind of a group that is on one side only and of one kind.
    fn alone(&self, at: usize, kind: impl Fn(Member) -> Kind) -> Option<(usize, Kind)> {
        let group = &self.list[at];
        let side = group.only_side()?;
        let first = kind(group.members[0]);
        let of_one_kind = group.members.iter().all(|member| kind(*member) == first);
        (of_one_kind && first != Kind::Neither).then_some((side, first))
    }

    /// Groups of one key, in the order in which they stand; those without a key, or alone under it, are left out.
    fn by_key<K: Hash + Eq>(
        &self,
        of: impl Iterator<Item = usize>,
        key: impl Fn(Member) -> Option<K>,
    ) -> Vec<Vec<usize>> {
        let mut buckets: Vec<Vec<usize>> = Vec::new();
        let mut known: HashMap<K, usize> = HashMap::new();
        for at in of {
            let Some(key) = self.list[at].members.first().and_then(|&first| key(first)) else {
                continue;
            };
            let bucket = *known.entry(key).or_insert_with(|| {
                buckets.push(Vec::new());
                buckets.len() - 1
            });
            buckets[bucket].push(at);
        }
        buckets.retain(|bucket| bucket.len() > 1);
        buckets
    }

    /// The groups as one list of functions; `counts` is how many functions each profile has.
    pub fn finish(self, counts: [usize; 2]) -> Matching {
        let mut matching = Matching {
            functions: Vec::new(),
            index: counts.map(|count| vec![0; count]).to_vec(),
            rules: Vec::new(),
        };
        for group in self.list {
            let Some(&first) = group.members.first() else {
                continue;
            };
            let at = matching.functions.len() as u32;
            matching.functions.push(first);
            matching.rules.push(group.rule);
            for (side, function) in group.members {
                matching.index[side][function.0 as usize] = at;
            }
        }
        matching
    }
}
