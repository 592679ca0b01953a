//! Findings as text: one screen, or all of them.

use zkperf_profile::thousands;
use zkperf_report::Style;

use crate::advise::Advice;
use crate::finding::{Evidence, Finding, Saving};
use crate::rules::{OTHERS, VOLUME};

/// Findings below this share of the run, in per cent, are only counted, unless all are asked for.
const SMALL: f64 = 1.0;

/// Findings on a screen.
const SCREEN: usize = 7;

impl Advice {
    /// The findings as text; `all` with every finding and all of their evidence.
    pub fn render(&self, all: bool, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out += &style.wrap(
            "what to do next: first what is worth most, then by order of size; within one, patches before algorithm before \
             memory layout before micro-optimization",
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
        for text in &self.not_judged {
            out += &style.wrap(&format!("Not judged: {text}."));
        }
        if all {
            out.push('\n');
            out += &style.wrap(self.overlap);
            out += &self.measure.note_text(style);
        }
        out
    }

    /// What circuits cost that already do the work is no next step: it is only counted, unless all are asked for.
    fn shown(&self, all: bool) -> Vec<&Finding> {
        let worth = |finding: &&Finding| {
            all || (finding.share.percent >= SMALL
                && finding.rule != VOLUME
                && finding.subject != OTHERS)
        };
        let most = if all { usize::MAX } else { SCREEN };
        self.findings.iter().filter(worth).take(most).collect()
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
            line("because", &self.evidence_text(evidence, all));
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

    fn evidence_text(&self, evidence: &Evidence, all: bool) -> String {
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
        let what = match evidence.what.as_str() {
            "" => stack_text(&evidence.stack, if all { usize::MAX } else { 1 }),
            what => what.to_owned(),
        };
        let place = match &evidence.place {
            Some(place) => format!(" at {place}"),
            None => String::new(),
        };
        match facts.is_empty() {
            true => format!("{what}{place}"),
            false => format!("{}: {what}{place}", facts.join(", ")),
        }
    }

    fn rest_text(&self, shown: usize, style: &Style) -> String {
        let hidden = self.findings.len() - shown;
        let sum = |findings: &mut dyn Iterator<Item = &Finding>| {
            findings.map(|finding| finding.share.percent).sum::<f64>()
        };
        let all = sum(&mut self.findings.iter());
        let circuits = sum(&mut self
            .findings
            .iter()
            .filter(|finding| finding.rule == VOLUME));
        let mut text =
            format!("All findings: {all:.2}% of the run, each unit of cost in one of them at most");
        if hidden > 0 {
            text += &format!("; {hidden} more with --all");
        }
        if circuits >= 0.005 {
            text +=
                &format!(", {circuits:.2}% of it the price of circuits that already do the work");
        }
        text += &format!(
            ". In no finding: {:.2}%, of which {:.2}% are the zkVM's fixed costs.",
            self.rest.all.percent, self.rest.fixed.percent
        );
        style.wrap(&text)
    }
}

fn paragraph(text: &str, style: &Style) -> String {
    style.wrap(text)
}

/// The first names of a stack, short enough to be read.
fn stack_text(stack: &[String], most: usize) -> String {
    let names = stack.iter().take(most);
    let short = names.map(|name| zkperf_report::fit_names(&[(name, None)], 48).concat());
    short.collect::<Vec<_>>().join(" <- ")
}

/// `   do       …` with the lines after the first beneath the text.
fn indented(name: &str, text: &str, style: &Style) -> String {
    let name = format!("   {name:<9}");
    let text = style.wrap_hanging(name.len(), text);
    name + &text
}
