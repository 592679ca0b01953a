//! The tables of a page: the zkVM's own, and what else is a list of counts.

use serde::{Serialize, Serializer};
use zkperf_profile::{Profile, Row, Table};

use super::strings::shown;
use crate::about::MeasureInfo;
use zkperf_profile::MeasureId;

/// An integer of 64 bits as JavaScript can read it: a number up to 2^53, the digits as text beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact(pub u64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 <= 1 << 53 {
            true => serializer.serialize_u64(self.0),
            false => serializer.collect_str(&self.0),
        }
    }
}

/// A table of one or two profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageTable {
    /// Its name.
    pub name: String,
    /// Column names, with their units.
    pub columns: Vec<String>,
    /// The rows, in the order of the profile.
    pub rows: Vec<PageRow>,
}

/// A row: its label, and for each profile the values, or nothing if it has no such row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageRow(pub String, pub Vec<Option<Vec<Exact>>>);

/// All tables of one or two profiles. Rows of two profiles are one if their labels are; of several rows with one label,
/// the first goes with the first. `more` are further tables of each.
pub(super) fn tables(profiles: &[&Profile], more: &[Vec<Table>]) -> Vec<PageTable> {
    let of = |(at, profile): (usize, &&Profile)| {
        let mut tables = more.get(at).cloned().unwrap_or_default();
        tables.extend(of_profile(profile));
        tables
    };
    let all: Vec<Vec<Table>> = profiles.iter().enumerate().map(of).collect();
    let mut shapes: Vec<(&str, &[String])> = Vec::new();
    for table in all.iter().flatten() {
        let shape = (table.name.as_str(), table.columns.as_slice());
        if !shapes.contains(&shape) {
            shapes.push(shape);
        }
    }
    let paired = |&(name, columns): &(&str, &[String])| {
        let same = |table: &&Table| table.name == name && table.columns == columns;
        let sides: Vec<Option<&Table>> =
            all.iter().map(|tables| tables.iter().find(same)).collect();
        PageTable {
            name: shown(name),
            columns: columns.iter().map(|column| shown(column)).collect(),
            rows: rows(&sides),
        }
    };
    shapes.iter().map(paired).collect()
}

/// A profile's tables, and as tables its scopes and the places where the call stack was lost.
fn of_profile(profile: &Profile) -> Vec<Table> {
    let mut tables = profile.tables.clone();
    if !profile.scopes.is_empty() {
        let ids = (0..profile.measures.len() as u32).map(MeasureId);
        let infos = ids.map(|id| MeasureInfo::of(profile, id));
        let names = infos.map(|info| format!("{} ({})", info.name, info.node_unit));
        tables.push(Table {
            name: "scopes".to_owned(),
            columns: std::iter::once("entries".to_owned()).chain(names).collect(),
            rows: profile
                .scopes
                .iter()
                .map(|scope| Row {
                    label: scope.name.clone(),
                    values: std::iter::once(scope.entries)
                        .chain(scope.values.iter().copied())
                        .collect(),
                })
                .collect(),
        });
    }
    if !profile.resyncs.is_empty() {
        tables.push(Table {
            name: "re-synchronisations of the call stack".to_owned(),
            columns: vec!["count".to_owned()],
            rows: profile
                .resyncs
                .iter()
                .map(|resync| Row {
                    label: format!("0x{:x} to 0x{:x}", resync.pc, resync.target),
                    values: vec![resync.count],
                })
                .collect(),
        });
    }
    tables
}

fn rows(sides: &[Option<&Table>]) -> Vec<PageRow> {
    let mut rows: Vec<PageRow> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for (side, table) in sides.iter().enumerate() {
        let mut met = std::collections::HashMap::new();
        for row in table.iter().flat_map(|table| &table.rows) {
            let times: &mut usize = met.entry(row.label.as_str()).or_default();
            let at = *known
                .entry((row.label.as_str(), *times))
                .or_insert_with(|| {
                    rows.push(PageRow(shown(&row.label), vec![None; sides.len()]));
                    rows.len() - 1
                });
            *times += 1;
            rows[at].1[side] = Some(row.values.iter().map(|&value| Exact(value)).collect());
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, u64)]) -> Table {
        let row = |&(label, value): &(&str, u64)| Row {
            label: label.to_owned(),
            values: vec![value],
        };
        Table {
            name: "t".to_owned(),
            columns: vec!["count".to_owned()],
            rows: rows.iter().map(row).collect(),
        }
    }

    #[test]
    fn rows_of_one_label_go_together_in_order() {
        let base = table(&[("full", 1), ("full", 2), ("end", 3)]);
        let head = table(&[("full", 4), ("new", u64::MAX)]);
        let json = serde_json::to_string(&rows(&[Some(&base), Some(&head)])).unwrap();
        assert_eq!(
            json,
            r#"[["full",[[1],[4]]],["full",[[2],null]],["end",[[3],null]],["new",[null,["18446744073709551615"]]]]"#
        );
    }
}
