//! The common form in which the official executor's figures and ours are compared.

use std::collections::{BTreeMap, BTreeSet};

/// Named figures. Keys are stable: `cost.total`, `opcode.add.count`, `function.main.calls`, ...
pub type Figures = BTreeMap<String, u64>;

/// One figure that differs, or that only one side has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Key of the figure.
    pub key: String,
    /// The official value, if there is one.
    pub official: Option<u64>,
    /// Our value, if there is one.
    pub ours: Option<u64>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let show =
            |value: Option<u64>| value.map_or_else(|| "missing".to_owned(), |v| v.to_string());
        write!(
            f,
            "{}: official {}, ours {}",
            self.key,
            show(self.official),
            show(self.ours)
        )?;
        if let (Some(official), Some(ours)) = (self.official, self.ours) {
            write!(f, " ({:+})", i128::from(ours) - i128::from(official))?;
        }
        Ok(())
    }
}

/// Compares key by key; `official` and `ours` have equal standing.
pub fn compare(official: &Figures, ours: &Figures) -> Vec<Difference> {
    let keys: BTreeSet<&String> = official.keys().chain(ours.keys()).collect();
    keys.into_iter()
        .filter(|key| official.get(*key) != ours.get(*key))
        .map(|key| Difference {
            key: key.clone(),
            official: official.get(key).copied(),
            ours: ours.get(key).copied(),
        })
        .collect()
}

/// The kind of a figure: its first and last part, such as `opcode…count`. A self-test plants one
/// wrong figure of each kind.
pub fn kind(key: &str) -> String {
    let first = key.split('.').next().unwrap_or(key);
    match key.rsplit('.').next() {
        Some(last) if first != last && !key[first.len() + 1..].eq(last) => {
            format!("{first}…{last}")
        }
        _ => key.to_owned(),
    }
}

/// Adds to a figure, which starts at 0.
pub fn add(figures: &mut Figures, key: String, value: u64) {
    *figures.entry(key).or_insert(0) += value;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_found_on_both_sides() {
        let official = Figures::from([("a".into(), 1), ("b".into(), 2), ("c".into(), 3)]);
        let ours = Figures::from([("a".into(), 1), ("b".into(), 5), ("d".into(), 4)]);
        let lines: Vec<String> = compare(&official, &ours)
            .iter()
            .map(Difference::to_string)
            .collect();
        assert_eq!(
            lines,
            [
                "b: official 2, ours 5 (+3)",
                "c: official 3, ours missing",
                "d: official missing, ours 4"
            ]
        );
    }

    #[test]
    fn kinds_group_rows() {
        assert_eq!(kind("opcode.add.count"), "opcode…count");
        assert_eq!(kind("function.a::b.c.calls"), "function…calls");
        assert_eq!(kind("cost.total"), "cost.total");
        assert_eq!(kind("steps"), "steps");
    }
}
