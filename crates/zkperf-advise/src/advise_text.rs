//! Findings as text: one screen, or all of them.

use zkperf_profile::thousands;
use zkperf_report::Style;

use crate::advise::Advice;
use crate::finding::{Evidence, Finding, Saving};

/// Findings below this share of the run, in per cent, are only counted, unless all are asked for.
const SMALL: f64 = 0.5;

/// Findings on a screen.
const SCREEN: usize = 6;

impl Advice {
    /// The findings as text; `all` with every finding and all of their evidence.
    pub fn render(&self, all: bool, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out += &style.wrap(
            "what to do next: patches before algorithm before memory layout before micro-optimization, then by saving",
        );
        let shown = self.shown(all);
        for (at, finding) in shown.iter().enumerate() {
            out.push('\n');
            out += &self.finding_text(at + 1, finding, all, style);
        }
        out.push('\n');
        out += &self.rest_text(shown.len(), style);
        for note in &self.notes {
            out += &style.wrap(note);
        }
        if all {
            out.push('\n');
            out += &style.wrap(self.overlap);
            for text in &self.not_judged {
                out += &style.wrap(&format!("Not judged: {text}."));
            }
            out += &self.measure.note_text(style);
        }
        out
    }

    fn shown(&self, all: bool) -> Vec<&Finding> {
        let large = |finding: &&Finding| all || finding.share.percent >= SMALL;
        let most = if all { usize::MAX } else { SCREEN };
        self.findings.iter().filter(large).take(most).collect()
    }

    fn finding_text(&self, number: usize, finding: &Finding, all: bool, style: &Style) -> String {
        let head = format!(
            "#{number} {:.2}% of the run: {}",
            finding.share.percent, finding.title
        );
        let mut out = paragraph(&head, style)
            .lines()
            .map(|line| style.bold(line) + "\n")
            .collect::<String>();
        let mut line = |name: &str, text: &str| out += &indented(name, text, style);
        line("do", &finding.remedy);
        line("saves", &self.saving_text(&finding.saving, all));
        let most = if all { usize::MAX } else { 2 };
        for evidence in finding.evidence.iter().take(most) {
            line("because", &self.evidence_text(evidence));
        }
        if all {
            line(
                "risk",
                &format!("{}: {}", finding.risk.word(), finding.risk_why),
            );
            line(
                "rule",
                &format!(
                    "{} ({}), confidence {}",
                    finding.rule,
                    finding.class.word(),
                    finding.confidence.word()
                ),
            );
        }
        line("check", &finding.check);
        out
    }

    fn saving_text(&self, saving: &Saving, all: bool) -> String {
        let unit = &self.measure.shown_unit;
        let value = |value| format!("{} {unit}", self.measure.text(value));
        let method = |method: &str| match all {
            true => format!(" ({method})"),
            false => String::new(),
        };
        match saving {
            Saving::Range {
                low,
                high,
                low_percent,
                high_percent,
                method: how,
            } => format!(
                "{low_percent:.2}% to {high_percent:.2}% of the run, {} to {}{}",
                self.measure.text(*low),
                value(*high),
                method(how)
            ),
            Saving::AtMost {
                high,
                high_percent,
                method: how,
            } => format!(
                "at most {high_percent:.2}% of the run, {}: {how}",
                value(*high)
            ),
            Saving::Unknown { because } => format!("no estimate: {because}"),
        }
    }

    fn evidence_text(&self, evidence: &Evidence) -> String {
        let mut facts = Vec::new();
        if let Some(percent) = evidence.percent {
            facts.push(format!("{percent:.2}%"));
        }
        if let Some(calls) = evidence.calls {
            facts.push(format!("{}x", thousands(calls)));
        }
        if let Some(bytes) = evidence.bytes {
            facts.push(format!("{} bytes", thousands(bytes)));
        }
        let place = evidence
            .place
            .as_ref()
            .map_or(String::new(), |place| format!(" at {place}"));
        match facts.is_empty() {
            true => format!("{}{place}", evidence.what),
            false => format!("{}: {}{place}", facts.join(", "), shortened(&evidence.what)),
        }
    }

    fn rest_text(&self, shown: usize, style: &Style) -> String {
        let hidden = self.findings.len() - shown;
        let hidden_share: f64 = self
            .findings
            .iter()
            .map(|finding| finding.share.percent)
            .sum::<f64>();
        let mut text = format!(
            "All findings: {hidden_share:.2}% of the run, each unit of cost in one of them at most"
        );
        if hidden > 0 {
            text += &format!("; {hidden} more with --all");
        }
        text += &format!(
            ". No finding: {:.2}%, of which {:.2}% are the zkVM's fixed costs.",
            self.rest.all.percent, self.rest.fixed.percent
        );
        style.wrap(&text)
    }
}

fn paragraph(text: &str, style: &Style) -> String {
    style.wrap(text)
}

/// Names of a stack, short enough to be read.
fn shortened(stack: &str) -> String {
    let names = stack
        .split(" <- ")
        .map(|name| zkperf_report::fit_names(&[(name, None)], 48).concat());
    names.collect::<Vec<_>>().join(" <- ")
}

/// `   do       …` with the lines after the first beneath the text.
fn indented(name: &str, text: &str, style: &Style) -> String {
    const INDENT: usize = 12;
    let narrow = Style {
        width: style.width.saturating_sub(INDENT).max(20),
        ..*style
    };
    let wrapped = narrow.wrap(text);
    let mut out = String::new();
    for (at, line) in wrapped.lines().enumerate() {
        let name = if at == 0 { name } else { "" };
        out += &format!("   {name:<9}{line}\n");
    }
    out
}
