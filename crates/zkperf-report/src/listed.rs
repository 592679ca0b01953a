//! What lists of functions and of groups have in common.

use serde::Serialize;

use crate::about::MeasureInfo;
use crate::style::{percent, percent_text};

/// What stands first in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The largest value of its own.
    #[default]
    #[serde(rename = "self")]
    Own,
    /// The largest value including everything it calls.
    Inclusive,
}

impl Order {
    /// What a row is sorted by.
    pub(crate) fn key(self, own: u64, inclusive: u64) -> (u64, u64) {
        match self {
            Order::Own => (own, inclusive),
            Order::Inclusive => (inclusive, own),
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Order::Own => "self",
            Order::Inclusive => "inclusive",
        }
    }
}

/// What a row of a list costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RowCost {
    /// What its own instructions cost.
    pub self_value: u64,
    /// The same in `measure.unit`, rounded.
    pub self_in_unit: f64,
    /// The same in per cent of the run.
    pub self_percent: f64,
    /// The same and everything it called; what comes back into it counts once.
    pub inclusive: u64,
    /// The same in `measure.unit`, rounded.
    pub inclusive_in_unit: f64,
    /// The same in per cent of the run.
    pub inclusive_percent: f64,
}

impl RowCost {
    pub(crate) fn of(measure: &MeasureInfo, own: u64, inclusive: u64) -> Self {
        Self {
            self_value: own,
            self_in_unit: measure.in_unit(own),
            self_percent: percent(own, measure.sum),
            inclusive,
            inclusive_in_unit: measure.in_unit(inclusive),
            inclusive_percent: percent(inclusive, measure.sum),
        }
    }

    /// Its columns as text.
    pub(crate) fn cells(&self, measure: &MeasureInfo) -> Vec<String> {
        let mut cells = own_cells(measure, self.self_value);
        cells.extend(own_cells(measure, self.inclusive));
        cells
    }
}

/// What a list leaves out, and what an imported report does not attribute at all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RestCost {
    /// The own values of what is left out.
    pub self_value: u64,
    /// The same in `measure.unit`, rounded.
    pub self_in_unit: f64,
    /// The same in per cent of the run.
    pub self_percent: f64,
}

impl RestCost {
    pub(crate) fn of(measure: &MeasureInfo, own: u64) -> Self {
        Self {
            self_value: own,
            self_in_unit: measure.in_unit(own),
            self_percent: percent(own, measure.sum),
        }
    }
}

/// A value and its share, as text.
pub(crate) fn own_cells(measure: &MeasureInfo, value: u64) -> Vec<String> {
    vec![measure.text(value), percent_text(value, measure.sum)]
}
