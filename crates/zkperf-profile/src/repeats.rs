//! Repeated work, as the tables of a profile tell it: calls of a function that were given the same as an earlier one, took
//! as many steps and gave the same.

use crate::profile::Profile;

/// Name of the table of repeated calls, a row a function and caller: `function <- caller`.
pub const REPEATS: &str = "repeats";
/// Name of the table that says what was watched.
pub const REPEATS_WATCHED: &str = "repeats_watched";
/// Name of the table of functions of which calls were compared, with how many.
pub const REPEATS_COMPARED: &str = "repeats_compared";
/// What stands between a function and its caller.
pub const CALLED_BY: &str = " <- ";
/// Columns of the table of repeated calls. Of several runs, columns that begin with `most_` hold the greatest value.
pub const REPEATS_COLUMNS: [&str; 8] = [
    "calls",
    "different",
    "repeats",
    "differed",
    "seen_in_part",
    "most_alike",
    "steps",
    "cost",
];

/// A function's calls from one caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeated<'a> {
    /// Name of the function.
    pub function: &'a str,
    /// Name of the function that called it.
    pub caller: &'a str,
    /// Calls that were compared.
    pub calls: u64,
    /// Of those, given what no call of the run was given before.
    pub different: u64,
    /// Given, and giving, the same as an earlier call, in as many steps; not within another repeat.
    pub repeats: u64,
    /// Given the same, but with another result or other steps.
    pub differed: u64,
    /// Calls that may read more than was compared: through more than one address, or bytes without a length.
    pub seen_in_part: u64,
    /// Most calls of the function that were given the same, wherever from.
    pub most_alike: u64,
    /// Steps of the repeats, with all they call.
    pub steps: u64,
    /// Proving cost of the repeats, with all they call, in node units.
    pub cost: u64,
}

impl Profile {
    /// Names of the functions of which calls were compared; nothing if the profile does not say.
    pub fn repeats_compared(&self) -> Option<Vec<&str>> {
        let mut tables = self.tables.iter();
        let table = tables.find(|table| table.name == REPEATS_COMPARED)?;
        Some(table.rows.iter().map(|row| row.label.as_str()).collect())
    }

    /// What repeats, the dearest first; nothing if the run did not look for it.
    pub fn repeats(&self) -> Option<Vec<Repeated<'_>>> {
        let table = self.tables.iter().find(|table| table.name == REPEATS)?;
        if table.columns != REPEATS_COLUMNS {
            return None;
        }
        let rows = table.rows.iter().filter_map(|row| {
            let (function, caller) = row.label.split_once(CALLED_BY)?;
            let &[calls, different, repeats, differed, seen_in_part, most_alike, steps, cost] =
                row.values.as_slice()
            else {
                return None;
            };
            Some(Repeated {
                function,
                caller,
                calls,
                different,
                repeats,
                differed,
                seen_in_part,
                most_alike,
                steps,
                cost,
            })
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.cost));
        Some(rows)
    }
}
