//! Instructions as text.

use zkperf_profile::thousands;

use super::{ChargedBeside, Gap, InstructionRow, Instructions, Listing};
use crate::about::functions_text;
use crate::grid::Grid;
use crate::names::elide;
use crate::paths::{place_text, short_path, SourceText};
use crate::style::{counted, percent_text, Style};

/// At least so many columns are for the instructions, however narrow the terminal.
const NARROWEST: usize = 40;

impl Instructions {
    /// The list as text. `source` gives the text of source lines where it is to be had.
    pub fn render(&self, source: SourceText<'_>, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out += &self.wrong_file(style);
        let name = functions_text(&self.functions, &self.pattern);
        let cost = self.total.values[self.shown[0]];
        out += &style.wrap(&format!(
            "{name}: {} {} of its own code ({} of the run), with what was inlined into it, by instruction",
            self.measure.text(cost),
            self.measure.shown_unit,
            percent_text(cost, self.measure.sum),
        ));
        out.push('\n');
        out += &self.grid(source, style);
        out.push('\n');
        out += &self.notes(style);
        out += &self.measure.note_text(style);
        out += &self.unattributed.text(style);
        out + &self.wrong_file(style)
    }

    /// A warning if the instructions are of another file than the one that ran.
    fn wrong_file(&self, style: &Style) -> String {
        if self.elf.matches {
            return String::new();
        }
        let text = format!(
            "WRONG ELF: the run was of the ELF with SHA-256 {}; the instructions below are read from {}, SHA-256 {}, \
             and need not be what was executed.",
            self.elf.expected_sha256, self.elf.name, self.elf.sha256
        );
        let lines = style.wrap(&text);
        lines
            .lines()
            .map(|line| style.warning(line) + "\n")
            .collect()
    }

    /// What is to be known of the rows that are there, a sentence each.
    fn notes(&self, style: &Style) -> String {
        let mut notes = Vec::new();
        let rows = self.listing.rows.iter();
        let missing = rows.filter(|row| row.address.is_some() && row.bytes == 0);
        let missing = missing.count() as u64;
        if missing > 0 {
            notes.push(format!(
                "{} not in the ELF: code that the zkVM brings along.",
                counted(missing, "instruction is", "instructions are")
            ));
        }
        let is_gap = |gap: &Gap| matches!(gap, Gap::Short(_) | Gap::Long(_));
        if self.gaps.iter().any(is_gap) {
            notes.push(
                "Instructions without figures were never executed, or as a part of the one before them; of more \
                 than two in a row, only the number is shown."
                    .to_owned(),
            );
        }
        if !self.total.beside.is_empty() {
            notes.push(
                "Figures below an instruction are what it caused, but another place carries: they are not in the \
                 total, nor in the function's own cost."
                    .to_owned(),
            );
        }
        let each = notes.iter();
        each.map(|note| style.wrap(note)).collect()
    }

    fn grid(&self, source: SourceText<'_>, style: &Style) -> String {
        let units = |&at: &usize| self.measures[at].name.as_str();
        let mut header = vec!["%", "executions"];
        header.extend(self.shown.iter().map(units));
        header.push("instruction");
        let numbers = header.len() - 1;
        let mut grid = Grid::new(&header);
        let mut names = Vec::new();
        // Lines of the whole width instead of a row: (row, text).
        let mut headings: Vec<(usize, String)> = Vec::new();
        let blank = vec![String::new(); numbers];
        let mut places = Places::new(&self.listing, source);
        for (row, gap) in self.listing.rows.iter().zip(&self.gaps) {
            for heading in places.headings(row) {
                headings.push((names.len(), heading));
                grid.row(blank.clone());
                names.push(String::new());
            }
            grid.row(self.cells(Some(row.executions), &row.values));
            names.push(self.listing.instruction(row));
            for place in &row.beside {
                grid.row(self.cells(None, &place.values));
                names.push(format!("{:10}{}", "", self.place_name(place)));
            }
            let texts = match gap {
                Gap::None => Vec::new(),
                Gap::Short(texts) => texts.clone(),
                Gap::Long(count) => vec![format!("{:10}… {}", "", thousands(*count as u64))],
                Gap::Other => vec![format!("{:10}…", "")],
            };
            for text in texts {
                grid.row(blank.clone());
                names.push(text);
            }
        }
        grid.row(self.cells(Some(self.total.executions), &self.total.values));
        names.push("total".to_owned());
        for place in &self.total.beside {
            grid.row(self.cells(None, &place.values));
            names.push(format!("{}, beside the total", self.place_name(place)));
        }
        let room = grid.room(style).max(NARROWEST);
        let names = names.iter().map(|name| elide(name, room)).collect();
        let text = grid.render(names, style);
        let mut headings = headings.into_iter().peekable();
        let mut out = String::with_capacity(text.len());
        // The first line is the table's head.
        for (line, row) in text.lines().zip((0usize..).map(|line| line.checked_sub(1))) {
            match headings.next_if(|heading| Some(heading.0) == row) {
                Some((_, heading)) => out += &elide(&heading, style.width),
                None => out += line,
            }
            out.push('\n');
        }
        out
    }

    fn place_name(&self, place: &ChargedBeside) -> &str {
        &self.listing.names[place.name as usize]
    }

    fn cells(&self, executions: Option<u64>, values: &[u64]) -> Vec<String> {
        let main = self.shown[0];
        let whole = self.total.values[main];
        let share = executions.map(|_| percent_text(values[main], whole));
        let mut cells = vec![
            share.unwrap_or_default(),
            executions.map_or(String::new(), thousands),
        ];
        cells.extend(self.shown.iter().map(|&at| match values[at] {
            0 => String::new(),
            value => self.measures[at].text(value),
        }));
        cells
    }
}

/// `80001234  addi sp,sp,-16`
pub(super) fn at(address: u64, text: &str) -> String {
    format!("{address:8x}  {text}")
}

impl Listing {
    /// `80001234  bnez a0,0x80001220 <-0x14>`, with what was called from there.
    fn instruction(&self, row: &InstructionRow) -> String {
        let Some(address) = row.address else {
            return format!("{:>8}  (no instruction)", "");
        };
        let mut text = at(address, row.text.as_deref().unwrap_or("(not in the ELF)"));
        if let Some(target) = row.target {
            let name = target.symbol.map(|name| (name, &self.names[name as usize]));
            text += &match (name, target.offset) {
                (None, _) => String::new(),
                (Some((name, _)), offset) if name == row.function => format!(" <+0x{offset:x}>"),
                (Some((_, name)), 0) => format!(" <{name}>"),
                (Some((_, name)), offset) => format!(" <{name}+0x{offset:x}>"),
            };
        }
        let to = row.target.and_then(|target| target.symbol);
        for call in &row.calls {
            // A name that stands there already needs no second time.
            let name = match to == Some(call.name) {
                true => "",
                false => self.names[call.name as usize].as_str(),
            };
            text += format!(" → {}× {name}", thousands(call.calls)).trim_end();
        }
        text
    }
}

/// Says where code comes from whenever that changes.
struct Places<'l> {
    listing: &'l Listing,
    source: SourceText<'l>,
    /// Function, file and line of the last row.
    last: Option<(u32, Option<u32>, u32)>,
    /// Its inlined frames, outermost first.
    open: Vec<u32>,
    /// Whether rows are of several functions, which then are named.
    several: bool,
}

/// So many inlined frames are shown around an instruction, at most.
const MOST_FRAMES: usize = 64;

/// Deeper frames than this are not indented further.
const DEEPEST: usize = 12;

impl<'l> Places<'l> {
    fn new(listing: &'l Listing, source: SourceText<'l>) -> Self {
        Places {
            listing,
            source,
            last: None,
            open: Vec::new(),
            several: listing
                .rows
                .iter()
                .any(|row| row.function != listing.rows[0].function),
        }
    }

    /// Lines to stand above a row: the inlined functions that begin there, each deeper than the one it is in, and the
    /// source line.
    fn headings(&mut self, row: &InstructionRow) -> Vec<String> {
        let mut lines = Vec::new();
        let function = self.last.map(|last| last.0);
        if function != Some(row.function) {
            self.open.clear();
            self.last = None;
            if self.several {
                let name = &self.listing.names[row.function as usize];
                lines.push(format!("=== {name}"));
            }
        }
        let chain = self.chain(row.frame);
        let same = |(a, b): &(&u32, &u32)| a == b;
        let shared = self.open.iter().zip(&chain).take_while(same).count();
        let moved = shared < chain.len() || shared < self.open.len();
        for (depth, &frame) in chain.iter().enumerate().skip(shared) {
            let frame = self.listing.frames[frame as usize];
            let file = frame
                .file
                .map(|file| self.listing.files[file as usize].as_str());
            lines.push(format!(
                "{}{} (inlined at {})",
                indent(depth),
                self.listing.names[frame.name as usize],
                place_text(file, frame.line),
            ));
        }
        let place = (row.function, row.file, row.line);
        if moved || self.last != Some(place) {
            lines.push(indent(chain.len()) + &self.line(row));
        }
        self.open = chain;
        self.last = Some(place);
        lines
    }

    /// Outermost first; hostile files have chains without end.
    fn chain(&self, frame: Option<u32>) -> Vec<u32> {
        let mut chain = Vec::new();
        let mut next = frame;
        while let Some(at) = next.filter(|_| chain.len() < MOST_FRAMES) {
            chain.push(at);
            next = self.listing.frames[at as usize].parent;
        }
        chain.reverse();
        chain
    }

    /// `src/trie.rs:40  while let Some(node) = next {`
    fn line(&self, row: &InstructionRow) -> String {
        let Some(file) = row.file else {
            return "(no source line)".to_owned();
        };
        let path = &self.listing.files[file as usize];
        let text = (row.line > 0)
            .then(|| (self.source)(path, row.line))
            .flatten();
        let text: String = text
            .unwrap_or_default()
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .collect();
        let place = match row.line {
            0 => format!("{}:?", short_path(path)),
            line => format!("{}:{line}", short_path(path)),
        };
        format!("{place}  {text}").trim_end().to_owned()
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth.min(DEEPEST))
}
