//! Policies in plain words: what each is about, and what it asks for.

use std::fmt;

use chrono::TimeDelta;

use super::{Applies, Automatic, Eligible, Freeze, Policy, Rule, Span, Then};

/// Numbers that are read faster as words.
const NUMBERS: [&str; 11] = [
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
];

/// "Production, tier 1 and 2, high risk"; "Everything" where nothing narrows it.
impl fmt::Display for Applies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.classes.is_empty() {
            parts.push(joined(self.classes.iter().map(|class| class.as_str())));
        }
        if !self.tiers.is_empty() {
            parts.push(format!("tier {}", joined(&self.tiers)));
        }
        if !self.risks.is_empty() {
            let risks = joined(self.risks.iter().map(|risk| risk.as_str()));
            parts.push(format!("{risks} risk"));
        }
        if parts.is_empty() {
            return f.write_str("Everything");
        }
        f.write_str(&capital(&parts.join(", ")))
    }
}

/// "role approver", "team payments", "user lena@example.com": as forms write it.
impl fmt::Display for Eligible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "role {}", role.as_str()),
            Self::Team(slug) => write!(f, "team {slug}"),
            Self::User(name) => write!(f, "user {name}"),
        }
    }
}

/// "nobody is asked where errorBudgetLeft above 0.5"
impl fmt::Display for Automatic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.then {
            Then::Approve => f.write_str("nobody is asked")?,
            Then::Refuse => f.write_str("refused")?,
            Then::Require { approvals, reason } => {
                let reason = if reason { ", each with a reason," } else { "" };
                write!(f, "at least {}{reason}", approvals_of(approvals))?;
            }
        }
        let conditions: Vec<String> = self.when.iter().map(ToString::to_string).collect();
        write!(f, " where {}", conditions.join(" and "))
    }
}

/// "24 Dec 2026, 00:00 to 2 Jan 2027, 00:00", or "Fri, Sat and Sun, 18:00 to 06:00"; the zone stands with it.
impl fmt::Display for Freeze {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOMENT: &str = "%-d %b %Y, %H:%M";
        const CLOCK: &str = "%H:%M";
        match &self.span {
            Span::Once { from, to } => write!(f, "{} to {}", from.format(MOMENT), to.format(MOMENT))?,
            Span::Weekly { days, from, to } => {
                write!(
                    f,
                    "{}, {} to {}",
                    joined(days),
                    from.format(CLOCK),
                    to.format(CLOCK)
                )?;
            }
        }
        write!(f, " ({})", self.zone.name())
    }
}

/// "Production, tier 1 and 2: two approvals, not from who asked nor from commit authors, expires after 24 h"
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.applies, self.asks())
    }
}

impl Policy {
    /// What it asks for: "two approvals, not from who asked nor from commit authors, expires after 24 h".
    pub fn asks(&self) -> String {
        let required = self.rules.iter().filter(|rule| rule.required);
        let people = required.fold(self.approvals, |people, rule| people.max(rule.approvals));
        let mut parts = vec![match people {
            0 => "nobody is asked".to_owned(),
            people => approvals_of(people),
        }];
        if people > 0 {
            parts.extend(by_whom(&self.rules));
        }
        parts.extend(self.automatic.iter().map(ToString::to_string));
        if people > 0 || self.may_ask() {
            let authors = if self.excludes_authors {
                " nor from commit authors"
            } else {
                ""
            };
            parts.push(format!("not from who asked{authors}"));
            parts.push(format!("expires after {}", length(self.expires_in)));
        }
        if self.confirm {
            parts.push("confirmed by a person once it is watched".to_owned());
        }
        if !self.freezes.is_empty() {
            let names = joined(self.freezes.iter().map(|freeze| freeze.name.as_str()));
            parts.push(format!("nothing during {names}"));
        }
        parts.join(", ")
    }

    /// Whether conditions can make it ask people.
    fn may_ask(&self) -> bool {
        let asks = |automatic: &Automatic| matches!(automatic.then, Then::Require { .. });
        self.automatic.iter().any(asks)
    }
}

/// From whom approvals may come, and from whom some must.
fn by_whom(rules: &[Rule]) -> Vec<String> {
    let mut parts = Vec::new();
    if !rules.is_empty() {
        let each: Vec<String> = rules.iter().map(named).collect();
        parts.push(format!("from {}", each.join(" or ")));
    }
    // Where one rule alone says who may, all come from there.
    let required = rules.iter().filter(|rule| rule.required && rules.len() > 1);
    parts.extend(required.map(|rule| {
        let number = number(rule.approvals);
        format!("{number} of them from {}", rule.name)
    }));
    parts
}

/// "leads (role approver or team payments)"
fn named(rule: &Rule) -> String {
    let who: Vec<String> = rule.any_of.iter().map(ToString::to_string).collect();
    format!("{} ({})", rule.name, who.join(" or "))
}

fn number(count: u8) -> String {
    NUMBERS
        .get(usize::from(count))
        .map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

fn approvals_of(count: u8) -> String {
    let noun = if count == 1 { "approval" } else { "approvals" };
    format!("{} {noun}", number(count))
}

/// "24 h", "90 min", "3 d".
fn length(length: TimeDelta) -> String {
    let minutes = length.num_minutes();
    match minutes {
        days if days % (24 * 60) == 0 && days > 24 * 60 => format!("{} d", days / (24 * 60)),
        hours if hours % 60 == 0 => format!("{} h", hours / 60),
        minutes => format!("{minutes} min"),
    }
}

/// "a", "a and b", "a, b and c".
fn joined<T: fmt::Display>(words: impl IntoIterator<Item = T>) -> String {
    let words = words.into_iter();
    let mut words: Vec<String> = words.map(|word| format!("{word}")).collect();
    let Some(last) = words.pop() else {
        return String::new();
    };
    if words.is_empty() {
        last
    } else {
        format!("{} and {last}", words.join(", "))
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(spec: &str) -> Policy {
        let text =
            format!("{{apiVersion: fairway.dev/v1, kind: Policy, metadata: {{name: X}}, spec: {{{spec}}}}}");
        Policy::from_yaml(&text).unwrap()
    }

    #[test]
    fn a_policy_reads_as_people_say_it() {
        let critical = policy("match: {tiers: [1, 2], environments: [production]}, minApprovals: 2");
        assert_eq!(
            critical.to_string(),
            "Production, tier 1 and 2: two approvals, not from who asked nor from commit authors, expires after 24 h"
        );
        let lax = policy("match: {environments: [staging, development, preview]}, minApprovals: 0");
        assert_eq!(
            lax.to_string(),
            "Staging, development and preview: nobody is asked"
        );
        let one = policy("minApprovals: 1, exclude: [initiator], expiresIn: 90m, match: {risks: [high]}");
        assert_eq!(
            one.to_string(),
            "High risk: one approval, not from who asked, expires after 90 min"
        );
        assert_eq!(policy("minApprovals: 12").applies.to_string(), "Everything");
    }

    #[test]
    fn rules_conditions_and_freezes_are_named() {
        let policy = policy(
            "minApprovals: 1, expiresIn: 3d, \
             rules: [{name: leads, anyOf: [{role: approver}]}, \
                     {name: security, required: true, approvals: 2, anyOf: [{team: security}, {user: Lena@example.com}]}], \
             automatic: [{when: [{fact: errorBudgetLeft, above: 0.5}, {fact: signed, is: true}], then: {approve: true}}, \
                         {when: [{fact: changes, above: 50}], then: {minApprovals: 3, reason: true}}], \
             freezes: [{name: Year end, timeZone: Europe/Berlin, from: \"2026-12-24T00:00\", to: \"2027-01-02T00:00\"}, \
                       {name: Weekend, timeZone: UTC, days: [fri, sat, sun], from: \"18:00\", to: \"06:00\"}]",
        );
        assert_eq!(
            policy.asks(),
            "two approvals, from leads (role approver) or security (team security or user lena@example.com), two of them from security, \
             nobody is asked where errorBudgetLeft above 0.5 and signed is yes, \
             at least three approvals, each with a reason, where changes above 50, \
             not from who asked nor from commit authors, expires after 3 d, nothing during Year end and Weekend"
        );
        let freezes: Vec<String> = policy.freezes.iter().map(ToString::to_string).collect();
        assert_eq!(
            freezes,
            [
                "24 Dec 2026, 00:00 to 2 Jan 2027, 00:00 (Europe/Berlin)",
                "Fri, Sat and Sun, 18:00 to 06:00 (UTC)"
            ]
        );
        let who: Vec<String> = policy.rules[1].any_of.iter().map(ToString::to_string).collect();
        assert_eq!(who, ["team security", "user lena@example.com"]);
    }

    #[test]
    fn one_rule_is_named_once() {
        let policy = policy(
            "minApprovals: 1, rules: [{name: r, required: true, approvals: 5, anyOf: [{team: security}]}]",
        );
        let asks = policy.asks();
        assert!(
            asks.starts_with("five approvals, from r (team security), not from"),
            "{asks}"
        );
    }

    #[test]
    fn a_policy_that_asks_by_condition_only_says_who_may_not() {
        let policy = policy(
            "minApprovals: 0, confirm: true, \
             automatic: [{when: [{fact: changes, above: 50}], then: {minApprovals: 1}}]",
        );
        assert_eq!(
            policy.asks(),
            "nobody is asked, at least one approval where changes above 50, \
             not from who asked nor from commit authors, expires after 24 h, confirmed by a person once it is watched"
        );
    }
}
