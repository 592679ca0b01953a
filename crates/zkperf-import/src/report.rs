//! The text report of `ziskemu -X`.

use crate::error::ImportError;

/// An opcode's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opcode {
    /// ZisK's name of it.
    pub name: String,
    /// How often it was executed.
    pub count: u64,
    /// What that cost.
    pub cost: u64,
}

/// What a report says of a function, callees included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Function {
    /// Its name, as shown.
    pub name: String,
    /// Steps; `None` if it is not among the functions listed by steps.
    pub steps: Option<u64>,
    /// Cost; `None` if it is not among the functions listed by cost.
    pub cost: Option<u64>,
    /// Calls.
    pub calls: u64,
}

/// A report that adds up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Version of the cost model, where the report names one (1.4.0-alpha on).
    pub cost_version: Option<String>,
    /// The ELF, where symbols were loaded.
    pub elf: Option<String>,
    /// STEPS.
    pub steps: u64,
    /// BASE.
    pub base: u64,
    /// MAIN.
    pub main: u64,
    /// OPCODES.
    pub opcodes: u64,
    /// PRECOMPILES.
    pub precompiles: u64,
    /// MEMORY.
    pub memory: u64,
    /// TOTAL.
    pub total: u64,
    /// FROPS: cost saved by frequent operations, which is not part of the total.
    pub frops: u64,
    /// Every opcode; older layouts do not tell precompiles apart.
    pub opcode_rows: Vec<Opcode>,
    /// Precompiles.
    pub precompile_rows: Vec<Opcode>,
    /// Frequent operations.
    pub frop_rows: Vec<Opcode>,
    /// Functions, dearest first.
    pub functions: Vec<Function>,
    /// Whether ziskemu gave its call stack up, so that it lists no functions.
    pub call_stack_lost: bool,
    /// Whether the guest stopped early, in ziskemu's words.
    pub failure: Option<String>,
}

/// Sections that are read, by the first words of their titles.
const SECTIONS: &[&str] = &[
    "REPORT",
    "COST DISTRIBUTION",
    "ROM REGIONS",
    "MEM COST BY TYPE",
    "COST BY OPCODE",
    "COST BY BASE OPCODE",
    "COST BY PRECOMPILED OPCODE",
    "FROPS BY OPCODE",
    "TOP STEP FUNCTIONS",
    "TOP COST FUNCTIONS",
    "DETAIL FUNCTION",
    "PROFILE TAGS",
    "Stats snapshot saved to",
];

/// Opcodes that are precompiles, for layouts that list all together; the report's own sums tell whether that was right.
const PRECOMPILES: &[&str] = &[
    "keccak",
    "sha256",
    "blake2",
    "blake2b",
    "blake2s",
    "blake3",
    "poseidon1",
    "poseidon2",
    "poseidon2_koalabear",
    "add256",
    "arith256",
    "arith256_mod",
    "arith384_mod",
    "secp256k1_add",
    "secp256k1_dbl",
    "secp256r1_add",
    "secp256r1_dbl",
    "bn254_curve_add",
    "bn254_curve_dbl",
    "bn254_complex_add",
    "bn254_complex_sub",
    "bn254_complex_mul",
    "bls12_381_curve_add",
    "bls12_381_curve_dbl",
    "bls12_381_complex_add",
    "bls12_381_complex_sub",
    "bls12_381_complex_mul",
    "babyjubjub_add",
    "ed25519_add",
    "jump_dest",
    "dma_memcpy",
    "dma_memcmp",
    "dma_inputcpy",
    "dma_memset",
    "dma_xmemcpy",
    "dma_xmemcmp",
    "dma_xmemset",
];

/// A line of a known section.
struct Line<'a> {
    number: usize,
    section: &'static str,
    text: &'a str,
}

impl Line<'_> {
    fn bad(&self, problem: impl Into<String>) -> ImportError {
        ImportError::Row {
            line: self.number,
            section: self.section,
            problem: problem.into(),
            text: self.text.trim().chars().take(80).collect(),
        }
    }

    fn number(&self, text: &str) -> Result<u64, ImportError> {
        let digits = text.replace(',', "");
        match digits.bytes().all(|b| b.is_ascii_digit()) {
            true => digits
                .parse()
                .map_err(|_| self.bad(format!("{text:?} is no number"))),
            false => Err(self.bad(format!("{text:?} is no number"))),
        }
    }

    /// `LABEL … NUMBER [PERCENT]`: a label may hold blanks.
    fn labelled(&self) -> Result<(String, u64), ImportError> {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let is_value = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
        let Some(at) = words.iter().position(is_value) else {
            return Err(self.bad("there is no value"));
        };
        let value = words.get(at).copied().unwrap_or_default();
        Ok((words[..at].join(" "), self.number(value)?))
    }
}

impl Report {
    /// Reads all that ziskemu wrote to its standard output, or a file with it.
    ///
    /// # Errors
    /// It is something else, is cut off, has a row that cannot be read, or does not add up.
    pub fn parse(text: &str) -> Result<Self, ImportError> {
        let mut report = Report {
            call_stack_lost: text.contains("CALL_STACK_ERROR"),
            ..Report::default()
        };
        let mut section = None;
        let mut columns = String::new();
        let mut seen: Vec<&'static str> = Vec::new();
        let mut has_total = false;
        for (index, text) in text.lines().enumerate() {
            if let Some(known) = title(text) {
                // Before the report a guest may print what it likes.
                if section.is_none() && known != "REPORT" {
                    continue;
                }
                section = Some(known);
                seen.push(known);
                columns = text.to_owned();
                if known == "REPORT" {
                    report.cost_version = cost_version(text);
                }
                continue;
            }
            let Some(section) = section else {
                report.before(text);
                continue;
            };
            if text.trim().is_empty() || text.trim().bytes().all(|b| b == b'-') {
                continue;
            }
            let number = index + 1;
            let line = Line {
                number,
                section,
                text,
            };
            has_total |= report.row(&line, &columns)?;
        }
        if !seen.contains(&"REPORT") {
            return Err(ImportError::Foreign);
        }
        report.check(&seen, has_total)?;
        if !text.ends_with('\n') {
            return Err(ImportError::CutOff("its last line does not end".into()));
        }
        report.split_precompiles();
        Ok(report)
    }

    fn before(&mut self, text: &str) {
        if let Some(elf) = text.strip_prefix("Loading symbols from ELF file: ") {
            self.elf = Some(elf.trim().to_owned());
        }
        if text.contains("finished with error") {
            self.failure = Some(text.trim().to_owned());
        }
    }

    /// Reads a row; true for the total of the cost distribution.
    fn row(&mut self, line: &Line<'_>, columns: &str) -> Result<bool, ImportError> {
        match line.section {
            "REPORT" => {
                let (label, value) = line.labelled()?;
                if label == "STEPS" {
                    self.steps = value;
                }
            }
            "COST DISTRIBUTION" => {
                let (label, value) = line.labelled()?;
                let place = match label.as_str() {
                    "BASE" => &mut self.base,
                    "MAIN" => &mut self.main,
                    "OPCODES" => &mut self.opcodes,
                    "PRECOMPILES" => &mut self.precompiles,
                    "MEMORY" => &mut self.memory,
                    "TOTAL" => &mut self.total,
                    "FROPS" => &mut self.frops,
                    _ => return Ok(false),
                };
                *place = value;
                return Ok(label == "TOTAL");
            }
            "COST BY OPCODE" | "COST BY BASE OPCODE" => self.opcode_rows.push(opcode(line, "OP")?),
            "COST BY PRECOMPILED OPCODE" => self.precompile_rows.push(opcode(line, "OP")?),
            "FROPS BY OPCODE" => self.frop_rows.push(opcode(line, "FROP")?),
            "TOP STEP FUNCTIONS" | "TOP COST FUNCTIONS" => self.function(line, columns)?,
            _ => {}
        }
        Ok(false)
    }

    /// `VALUE PERCENT CALLS [VALUE/CALL] NAME`.
    fn function(&mut self, line: &Line<'_>, columns: &str) -> Result<(), ImportError> {
        let by_cost = line.section == "TOP COST FUNCTIONS";
        let fields = if columns.contains("/CALL") { 4 } else { 3 };
        let mut rest = line.text.trim_start();
        let mut words = Vec::new();
        for _ in 0..fields {
            let (word, more) = rest
                .split_once(' ')
                .ok_or_else(|| line.bad("columns are missing"))?;
            words.push(word);
            rest = more.trim_start();
        }
        if rest.is_empty() || !words[1].ends_with('%') {
            return Err(line.bad("columns are missing"));
        }
        let (value, calls) = (line.number(words[0])?, line.number(words[2])?);
        let whole = match (by_cost, columns.contains("VARIABLE COST")) {
            (false, _) => self.steps,
            (true, true) => self.total.saturating_sub(self.base),
            (true, false) => self.total,
        };
        if !is_share(words[1], value, whole) {
            return Err(line.bad(format!("{} is not {} of {whole}", words[0], words[1])));
        }
        if fields == 4 && line.number(words[3])? != value.checked_div(calls).unwrap_or(0) {
            return Err(line.bad(format!("{} a call is not {value} / {calls}", words[3])));
        }
        let known = self.functions.iter().position(|f| f.name == rest);
        let at = known.unwrap_or_else(|| {
            self.functions.push(Function {
                name: rest.trim_end().to_owned(),
                ..Function::default()
            });
            self.functions.len() - 1
        });
        let function = &mut self.functions[at];
        function.calls = calls;
        match by_cost {
            true => function.cost = Some(value),
            false => function.steps = Some(value),
        }
        Ok(())
    }

    fn check(&mut self, seen: &[&str], has_total: bool) -> Result<(), ImportError> {
        if !has_total {
            return Err(ImportError::CutOff(
                "there is no TOTAL in COST DISTRIBUTION".into(),
            ));
        }
        let sum = |values: &[u64]| {
            values
                .iter()
                .fold(0u64, |sum, value| sum.saturating_add(*value))
        };
        let parts = [
            self.base,
            self.main,
            self.opcodes,
            self.precompiles,
            self.memory,
        ];
        adds_up("COST DISTRIBUTION", sum(&parts), self.total)?;
        if !seen.iter().any(|title| title.starts_with("COST BY")) {
            return Err(ImportError::CutOff("there is no COST BY OPCODE".into()));
        }
        let all = |rows: &[Opcode]| sum(&rows.iter().map(|row| row.cost).collect::<Vec<_>>());
        let rows = all(&self.opcode_rows).saturating_add(all(&self.precompile_rows));
        adds_up(
            "COST BY OPCODE",
            rows,
            self.opcodes.saturating_add(self.precompiles),
        )?;
        if seen.contains(&"FROPS BY OPCODE") {
            adds_up("FROPS BY OPCODE", all(&self.frop_rows), self.frops)?;
        }
        if self.steps == 0 {
            return Err(ImportError::CutOff("there is no STEPS".into()));
        }
        // Every step has one price, whatever it does.
        if !self.main.is_multiple_of(self.steps) {
            return Err(ImportError::NoPrice {
                main: self.main,
                steps: self.steps,
            });
        }
        self.is_complete(seen)?;
        self.functions
            .sort_by(|a, b| (b.cost, b.steps, &a.name).cmp(&(a.cost, a.steps, &b.name)));
        Ok(())
    }

    /// Whether every section is there that its layout has, and both lists of functions have as many rows.
    fn is_complete(&self, seen: &[&str]) -> Result<(), ImportError> {
        let newer = seen.contains(&"COST BY BASE OPCODE");
        let sections = ["COST BY PRECOMPILED OPCODE", "FROPS BY OPCODE"];
        let of_newer = sections.iter().filter(|_| newer);
        let by_cost = "TOP COST FUNCTIONS";
        let with_steps = seen.contains(&"TOP STEP FUNCTIONS").then_some(&by_cost);
        if let Some(missing) = of_newer
            .chain(with_steps)
            .find(|title| !seen.contains(title))
        {
            return Err(ImportError::CutOff(format!("there is no {missing}")));
        }
        let rows = |has: fn(&Function) -> bool| self.functions.iter().filter(|f| has(f)).count();
        let (steps, costs) = (rows(|f| f.steps.is_some()), rows(|f| f.cost.is_some()));
        match steps == costs {
            true => Ok(()),
            false => Err(ImportError::CutOff(format!(
                "it lists {steps} functions by steps and {costs} by cost"
            ))),
        }
    }

    /// Takes precompiles out of the one list of an older layout, if that gives the sums that the report states.
    fn split_precompiles(&mut self) {
        if !self.precompile_rows.is_empty() {
            return;
        }
        let is_precompile = |row: &Opcode| PRECOMPILES.contains(&row.name.as_str());
        let (precompiles, opcodes): (Vec<Opcode>, Vec<Opcode>) =
            self.opcode_rows.iter().cloned().partition(is_precompile);
        let cost: u64 = precompiles.iter().map(|row| row.cost).sum();
        if cost == self.precompiles {
            self.precompile_rows = precompiles;
            self.opcode_rows = opcodes;
        }
    }
}

/// The section that a line opens.
fn title(text: &str) -> Option<&'static str> {
    let opens = |title: &&&str| match text.strip_prefix(**title) {
        // A title ends in blanks, or the columns or the name follow; REPORT's version stands in brackets.
        Some(rest) => rest.is_empty() || rest.starts_with([' ', '(', ':']),
        None => false,
    };
    // Longest first: one is the beginning of none other.
    SECTIONS.iter().find(opens).copied()
}

/// `REPORT (cost version 1)`
fn cost_version(title: &str) -> Option<String> {
    let (_, rest) = title.split_once("(cost version ")?;
    Some(rest.split(')').next()?.trim().to_owned())
}

/// `OP name COUNT [%] COST % [#RANK]`, or `FROP name COUNT HIT% COST %`.
fn opcode(line: &Line<'_>, kind: &str) -> Result<Opcode, ImportError> {
    let words: Vec<&str> = line.text.split_whitespace().collect();
    let [first, name, values @ ..] = words.as_slice() else {
        return Err(line.bad("columns are missing"));
    };
    if *first != kind {
        return Err(line.bad(format!("a row begins with {kind}")));
    }
    let mut numbers = values
        .iter()
        .filter(|word| !word.ends_with('%') && !word.starts_with('#'));
    let (Some(count), Some(cost)) = (numbers.next(), numbers.next()) else {
        return Err(line.bad("columns are missing"));
    };
    Ok(Opcode {
        name: (*name).to_owned(),
        count: line.number(count)?,
        cost: line.number(cost)?,
    })
}

/// Whether a printed percentage is that of a value, as far as its two digits tell.
fn is_share(printed: &str, value: u64, whole: u64) -> bool {
    let digits = printed.trim_end_matches('%').replacen('.', "", 1);
    let Ok(hundredths) = digits.parse::<u128>() else {
        return false;
    };
    if whole == 0 {
        return true;
    }
    // Half a hundredth of rounding, and a little for the official floating point.
    let exact = u128::from(value) * 1_000_000;
    let said = hundredths.saturating_mul(100).saturating_mul(whole.into());
    exact.abs_diff(said) <= u128::from(whole) * 51
}

fn adds_up(what: &'static str, sum: u64, stated: u64) -> Result<(), ImportError> {
    match sum == stated {
        true => Ok(()),
        false => Err(ImportError::DoesNotAddUp { what, sum, stated }),
    }
}
