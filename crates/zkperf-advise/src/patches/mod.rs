//! The patch audit: for each operation and zkVM, what the zkVM offers, what the guest has in it, and what ran.

mod model;
mod text;

pub use model::{
    Audit, AuditColumn, AuditRow, Cell, CircuitCount, Linked, LockAudit, Offer, Ran, Verdict,
};

use std::collections::BTreeSet;

use zkperf_profile::Profile;
use zkperf_report::{percent, RunInfo};
use zkperf_symbols::{without_hash, SymbolPath};

use crate::error::AdviseError;
use crate::function::Role;
use crate::implementations::{mark, Kind};
use crate::lock::{self, Lock, LockIssue, PackageOrigin};
use crate::operation::Operation;
use crate::usage::{index, usage, Usage};
use crate::view::View;
use crate::zkvm::{Facts, ALL};

/// One run to audit.
pub struct AuditInput<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// Its file, to be named in the answer.
    pub file: String,
    /// Names of all functions of the ELF that ran, demangled, if it is at hand: what is linked but was not executed.
    pub symbols: Option<Vec<String>>,
}

/// Audits runs; without any, lists what the known zkVMs offer. `lock` is a lock file's name and what it says.
///
/// # Errors
/// A profile without a call tree or proving cost.
pub fn audit(inputs: &[AuditInput<'_>], lock: Option<(&str, &Lock)>) -> Result<Audit, AdviseError> {
    let mut columns = Vec::new();
    let mut cells: Vec<Vec<Cell>> = vec![Vec::new(); Operation::ALL.len()];
    let packages = lock.map(|(_, lock)| lock);
    for input in inputs {
        let view = View::of(input.profile, &[])?;
        let audited = Audited {
            usage: usage(&view),
            view: &view,
            symbols: input.symbols.as_deref(),
            lock: packages,
        };
        for (row, operation) in cells.iter_mut().zip(Operation::ALL) {
            row.push(audited.cell(*operation));
        }
        columns.push(audited.column(input));
    }
    if inputs.is_empty() {
        for facts in ALL {
            columns.push(known_column(facts));
            for (row, operation) in cells.iter_mut().zip(Operation::ALL) {
                row.push(known_cell(facts, *operation, packages));
            }
        }
    }
    let rows = Operation::ALL
        .iter()
        .zip(cells)
        .map(|(operation, cells)| AuditRow {
            operation: *operation,
            name: operation.name(),
            cells,
        });
    let rows: Vec<AuditRow> = rows.collect();
    Ok(Audit {
        schema: "zkperf-patches/1",
        lock: lock.map(|(file, lock)| lock_audit(file, lock, &rows, &columns)),
        rows,
        columns,
    })
}

fn lock_audit(file: &str, lock: &Lock, rows: &[AuditRow], columns: &[AuditColumn]) -> LockAudit {
    let mut issues = Vec::new();
    // One lock file is one guest's: without a run, its own crates say which zkVM's.
    for (at, column) in columns.iter().enumerate() {
        let facts = Facts::named(&column.zkvm);
        let has = |name: &str| lock.packages.iter().any(|package| package.name == name);
        let is_its = facts.is_some_and(|facts| facts.own_crates.iter().any(|name| has(name)));
        if !is_its && columns.len() > 1 {
            continue;
        }
        // A crate need not be patched where the guest calls the circuits itself.
        let settled = |issue: &LockIssue| {
            matches!(issue.kind, "not-patched" | "version-mismatch")
                && rows.iter().any(|row| {
                    Some(row.operation) == issue.operation
                        && row.cells[at].verdict == Verdict::Accelerated
                })
        };
        let version = column.run.as_ref().map(|run| run.zkvm_version.as_str());
        let found = lock::issues(lock, facts, version).into_iter();
        let open = found.filter(|issue| !settled(issue));
        issues.extend(open.map(|issue| (column.zkvm.clone(), issue)));
    }
    if issues.is_empty() {
        let found = lock::issues(lock, None, None);
        issues.extend(found.into_iter().map(|issue| (String::new(), issue)));
    }
    issues.dedup();
    LockAudit {
        file: file.to_owned(),
        packages: lock.packages.len(),
        issues,
    }
}

fn known_column(facts: &Facts) -> AuditColumn {
    AuditColumn {
        zkvm: facts.zkvm.to_owned(),
        version: facts.version.to_owned(),
        known_version: facts.version.to_owned(),
        file: None,
        run: None,
        total: 0,
        unit: String::new(),
        symbols_read: false,
        notes: vec![format!("Patched crates: {}.", facts.patches_source)],
    }
}

fn known_cell(facts: &'static Facts, operation: Operation, lock: Option<&Lock>) -> Cell {
    let available = offer(facts, operation);
    let mut linked = BTreeSet::new();
    in_lock(lock, operation, &mut linked);
    Cell {
        verdict: match available {
            Some(_) => Verdict::Available,
            None => Verdict::NotAvailable,
        },
        why: match &available {
            Some(offer) => format!("through {}", offer.through),
            None => facts.why_missing(operation).to_owned(),
        },
        available,
        linked: linked.into_iter().collect(),
        circuits: Vec::new(),
        ran: None,
    }
}

/// What a zkVM offers for an operation, by the crates of the version that is known; nothing if they have no circuit for it.
pub fn offered(zkvm: &str, operation: Operation) -> Option<Offer> {
    offer(Facts::named(zkvm)?, operation)
}

/// The zkVMs whose offers are known, and the version whose crates say so.
pub fn known_versions() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().map(|facts| (facts.zkvm, facts.version))
}

fn offer(facts: &'static Facts, operation: Operation) -> Option<Offer> {
    let available = facts.available(operation)?;
    let circuits = available.rows.iter();
    Some(Offer {
        through: available.through,
        krate: available.krate,
        file: available.file,
        circuits: circuits.map(|row| row.name()).collect(),
    })
}

struct Audited<'a> {
    view: &'a View,
    usage: Vec<Usage>,
    symbols: Option<&'a [String]>,
    lock: Option<&'a Lock>,
}

impl Audited<'_> {
    fn column(&self, input: &AuditInput<'_>) -> AuditColumn {
        let view = self.view;
        let run = RunInfo::of(&view.profile);
        let mut notes = Vec::new();
        match view.facts {
            None => notes.push(format!("What {} offers is not known.", run.zkvm)),
            Some(facts) if facts.version != run.zkvm_version => notes.push(format!(
                "What {} {} offers was not read; the answers are for {}.",
                run.zkvm, run.zkvm_version, facts.version
            )),
            Some(_) => {}
        }
        if !view.inlined {
            notes.push(
                "Without source lines, inlined code is not seen; build the guest with debug = \"line-tables-only\"."
                    .to_owned(),
            );
        }
        if self.symbols.is_none() {
            notes.push(
                "The guest's ELF was not found, so code that is linked and did not run is not seen; give --elf FILE."
                    .to_owned(),
            );
        }
        AuditColumn {
            zkvm: run.zkvm.clone(),
            version: run.zkvm_version.clone(),
            known_version: view.facts.map_or("", |facts| facts.version).to_owned(),
            file: Some(input.file.clone()),
            total: view.total(),
            unit: zkperf_report::MeasureInfo::of(&view.profile, view.cost).node_unit,
            run: Some(run),
            symbols_read: self.symbols.is_some(),
            notes,
        }
    }

    fn cell(&self, operation: Operation) -> Cell {
        let available = self.view.facts.and_then(|facts| offer(facts, operation));
        let circuits = self.circuits(operation);
        let ran = match operation {
            Operation::Memory => self.memory(&circuits),
            _ => self.ran(operation),
        };
        let linked = self.linked(operation);
        let (verdict, why) = self.verdict(operation, available.as_ref(), &circuits, &ran, &linked);
        Cell {
            verdict,
            why,
            available,
            linked,
            circuits,
            ran: Some(ran),
        }
    }

    fn circuits(&self, operation: Operation) -> Vec<CircuitCount> {
        let available = self.view.facts.and_then(|facts| facts.available(operation));
        let rows = available.map_or(&[][..], |available| available.rows).iter();
        rows.map(|row| CircuitCount {
            table: row.table,
            label: row.label,
            calls: row.count(&self.view.profile),
            shared: row.shared,
        })
        .filter(|count| count.calls > 0)
        .collect()
    }

    fn ran(&self, operation: Operation) -> Ran {
        let usage = self.usage[index(operation)];
        let total = self.view.total();
        Ran {
            calls: usage.calls,
            portable_calls: usage.portable_calls,
            portable_units: usage.units.max(usage.blocks),
            portable_cost: usage.portable,
            portable_percent: percent(usage.portable, total),
            circuit_calls: usage.circuit_calls,
            circuit_cost: usage.circuit,
            circuit_percent: percent(usage.circuit, total),
            precompile_calls: usage.precompile_calls,
            bytes_read: usage.bytes_read,
            bytes_written: usage.bytes_written,
        }
    }

    /// Memory functions are no code of an operation: whatever needs them calls them.
    fn memory(&self, circuits: &[CircuitCount]) -> Ran {
        let view = self.view;
        let profile = &view.profile;
        let (read, written) = (view.column("bytes_read"), view.column("bytes_written"));
        let cost = profile.node_column(view.cost);
        let roles = [Role::Copy, Role::Fill, Role::Compare];
        let (mut calls, mut value, mut bytes) = (0u64, 0, (0, 0));
        for (at, node) in profile.nodes.iter().enumerate() {
            if !roles.iter().any(|role| view.nodes[at].is(*role)) {
                continue;
            }
            if roles.contains(&view.function(at).role) {
                calls = calls.saturating_add(node.calls);
            }
            value += cost[at];
            bytes.0 += read.as_ref().map_or(0, |column| column[at]);
            bytes.1 += written.as_ref().map_or(0, |column| column[at]);
        }
        let by_circuit = circuits
            .iter()
            .fold(0, |sum: u64, row| sum.saturating_add(row.calls));
        let (portable, circuit) = if by_circuit > 0 {
            (0, value)
        } else {
            (value, 0)
        };
        Ran {
            calls,
            portable_calls: if by_circuit > 0 { 0 } else { calls },
            portable_units: 0,
            portable_cost: portable,
            portable_percent: percent(portable, view.total()),
            circuit_calls: if by_circuit > 0 { calls } else { 0 },
            circuit_cost: circuit,
            circuit_percent: percent(circuit, view.total()),
            precompile_calls: by_circuit,
            bytes_read: bytes.0,
            bytes_written: bytes.1,
        }
    }

    fn verdict(
        &self,
        operation: Operation,
        available: Option<&Offer>,
        circuits: &[CircuitCount],
        ran: &Ran,
        linked: &[Linked],
    ) -> (Verdict, String) {
        let own: u64 = circuits
            .iter()
            .filter(|row| !row.shared)
            .map(|row| row.calls)
            .fold(0, u64::saturating_add);
        let on_circuits = ran.circuit_cost > 0 || own > 0;
        let in_software = ran.portable_cost > 0;
        // Calls of memory functions are no usage of an operation's code.
        let usage = Usage {
            calls: ran.calls,
            ..self.usage[index(operation)]
        };
        let text = ran_text(operation, circuits, ran, &usage);
        let Some(available) = available else {
            let missing = match self.view.facts {
                Some(facts) => facts.why_missing(operation).to_owned(),
                None => "what this zkVM offers is not known".to_owned(),
            };
            let text = match in_software {
                true => format!("{missing}; {text}"),
                false => missing,
            };
            return (Verdict::NotAvailable, text);
        };
        match (on_circuits, in_software) {
            (false, false) => (Verdict::Unused, unused_text(linked)),
            (false, true) => (
                Verdict::Unpatched,
                format!("{text}; there is {}", available.through),
            ),
            (true, true) if ran.portable_cost >= ran.circuit_cost / 99 => (Verdict::Partly, text),
            (true, _) => (Verdict::Accelerated, text),
        }
    }

    fn linked(&self, operation: Operation) -> Vec<Linked> {
        let mut linked = BTreeSet::new();
        let functions = self
            .view
            .functions
            .iter()
            .map(|function| function.name.as_str());
        named(functions, operation, "run", &mut linked);
        if let Some(symbols) = self.symbols {
            named(
                symbols.iter().map(String::as_str),
                operation,
                "elf",
                &mut linked,
            );
        }
        in_lock(self.lock, operation, &mut linked);
        linked.into_iter().collect()
    }
}

/// What ran, in a sentence.
fn ran_text(operation: Operation, circuits: &[CircuitCount], ran: &Ran, usage: &Usage) -> String {
    use zkperf_profile::thousands;
    let mut parts = Vec::new();
    let own: Vec<&CircuitCount> = circuits.iter().filter(|row| !row.shared).collect();
    for row in &own {
        parts.push(format!("{} {}", thousands(row.calls), row.label));
    }
    if own.is_empty() && ran.circuit_cost > 0 {
        let calls = thousands(ran.precompile_calls);
        parts.push(format!("{calls} calls of circuits below it"));
    }
    if ran.portable_cost > 0 {
        let what = crate::rules::amount(operation, usage);
        parts.push(format!("in software: {what}"));
    }
    parts.join(", ")
}

fn unused_text(linked: &[Linked]) -> String {
    let of = |kind: &str| {
        let names = linked.iter().filter(|linked| linked.kind == kind);
        // Arithmetic that several curves share says less than the curve's own crate.
        let helps = |name: &&str| !matches!(*name, "ark_ff" | "ark_ec" | "primeorder" | "ecdsa");
        let names: BTreeSet<&str> = names
            .map(|linked| linked.name.as_str())
            .filter(helps)
            .collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    match (of("circuit"), of("portable")) {
        (circuit, portable) if circuit.is_empty() && portable.is_empty() => {
            "no code for it was seen".to_owned()
        }
        (circuit, portable) if circuit.is_empty() => {
            format!("when it runs, {portable} will do it in software")
        }
        (circuit, portable) if portable.is_empty() => format!("{circuit} is linked"),
        (circuit, portable) => format!("{circuit} is linked, and {portable}"),
    }
}

fn named<'n>(
    names: impl Iterator<Item = &'n str>,
    operation: Operation,
    seen: &'static str,
    linked: &mut BTreeSet<Linked>,
) {
    for name in names {
        let name = without_hash(name);
        let path = SymbolPath::parse(&name);
        let Some(mark) = mark(&name, &path) else {
            continue;
        };
        let kind = match mark.kind {
            Kind::Portable => "portable",
            Kind::Circuit => "circuit",
            Kind::Seam => continue,
        };
        if mark.operation.is_part_of(operation) {
            linked.insert(Linked {
                name: path.krate.unwrap_or_else(|| name.into_owned()),
                seen,
                kind,
            });
        }
    }
}

fn in_lock(lock: Option<&Lock>, operation: Operation, linked: &mut BTreeSet<Linked>) {
    let packages = lock.map_or(&[][..], |lock| &lock.packages).iter();
    for package in packages {
        let name = package.name.replace('-', "_");
        if crate::implementations::crates_of(operation).any(|krate| krate == name) {
            linked.insert(Linked {
                name: format!("{} {}", package.name, package.version),
                seen: "lock",
                kind: match package.origin {
                    PackageOrigin::Registry => "registry",
                    PackageOrigin::Git { .. } => "git",
                    PackageOrigin::Path => "path",
                },
            });
        }
    }
}
