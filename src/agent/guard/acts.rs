//! Acts that a sentence says were done, are being done or will be: "I went ahead and cancelled it",
//! "your address has been updated", "a manager will reach out". Read by who acts, the auxiliary and
//! the verb, so that any phrasing of them is one claim; each needs the act's tool result.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::known::Known;
use super::subjects::{Scene, is_about_rules};
use super::words::{find_words, has_condition};
use crate::domain::evidence::{Fact, FactValue};

/// What can be done: the forms of its verbs, and the tools whose effect it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    past: Vec<String>,
    base: Vec<String>,
    /// "-ing" forms.
    doing: Vec<String>,
    tools: Vec<String>,
    /// With one of these words in the sentence other tools are meant.
    #[serde(default)]
    of: Vec<Of>,
    /// A fact with one of these statuses shows that it was done earlier.
    #[serde(default)]
    statuses: Vec<String>,
    /// In the passive it is claimed only of one of these.
    #[serde(default)]
    things: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Of {
    words: Vec<String>,
    tools: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActWords {
    /// Small words between subject, auxiliary and verb.
    fillers: Vec<String>,
    /// Who acts for the shop besides "I" and "we".
    people: Vec<String>,
    /// What people do for whom they were asked to help.
    people_do: Vec<String>,
    /// What people of the shop never do: there is no telephone.
    never_do: Vec<String>,
    /// Saying that something was done without saying what.
    done: Vec<String>,
    /// What the shopper is told to get: "you will get an e-mail".
    you_get: Vec<String>,
    you_get_what: Vec<String>,
    /// Words of a wish or an offer, in which an act is none yet.
    not_yet: Vec<String>,
    act: Vec<Act>,
}

static ACTS: LazyLock<ActWords> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../prompts/guard/acts.toml"))
        .expect("prompts/guard/acts.toml is compiled in and tested")
});

/// Which form of its verb a word is.
#[derive(Clone, Copy, Debug, Default)]
struct Form {
    past: bool,
    base: bool,
    doing: bool,
}

/// Every form of every verb, with its acts.
static FORMS: LazyLock<HashMap<&'static str, Vec<(&'static Act, Form)>>> = LazyLock::new(|| {
    let mut forms: HashMap<&'static str, Vec<(&'static Act, Form)>> = HashMap::new();
    for act in &ACTS.act {
        for word in act.past.iter().chain(&act.base).chain(&act.doing) {
            let form = Form {
                past: act.past.contains(word),
                base: act.base.contains(word),
                doing: act.doing.contains(word),
            };
            forms.entry(word).or_default().push((act, form));
        }
    }
    forms
});

/// How an act is spoken of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Claim {
    /// "I have cancelled", "cancelled your order".
    Done,
    /// "Your order was cancelled".
    Passive,
    /// "I will cancel", "I'm cancelling".
    Coming,
    /// "I have not cancelled".
    Denied,
}

/// The first act that nothing shows.
pub fn empty(known: &Known<'_>, scene: &Scene) -> Option<String> {
    let lower = scene.bare_lower.as_str();
    if scene.asks {
        return None;
    }
    let by_people = people_will(known, lower);
    by_people
        .or_else(|| done_somehow(known, lower))
        .or_else(|| you_will_get(known, lower))
        .or_else(|| clauses(lower).find_map(|clause| in_clause(known, scene, lower, clause)))
}

fn clauses(lower: &str) -> impl Iterator<Item = &str> {
    lower
        .split([',', ';', ':', '.', '!', '(', '|'])
        .flat_map(|part| part.split(" but "))
        .flat_map(|part| part.split(" - "))
}

fn words_of(clause: &str) -> Vec<&str> {
    clause
        .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-')
        .filter(|word| !word.is_empty())
        .collect()
}

fn in_clause(known: &Known<'_>, scene: &Scene, lower: &str, clause: &str) -> Option<String> {
    let words = words_of(clause);
    for (at, word) in words.iter().enumerate() {
        for (act, form) in FORMS.get(word).into_iter().flatten() {
            let Some(claim) = claim(act, *form, &words, at) else {
                continue;
            };
            if !holds(known, scene, act, claim, clause) && !is_open(lower, clause, claim) {
                return Some(clause.trim().to_owned());
            }
        }
    }
    None
}

/// Under a condition nothing is claimed; what is to come may have it in another part.
fn is_open(lower: &str, clause: &str, claim: Claim) -> bool {
    let not_yet = |text: &str| {
        ACTS.not_yet
            .iter()
            .any(|words| find_words(text, words).is_some())
    };
    has_condition(clause) || (claim == Claim::Coming && (has_condition(lower) || not_yet(lower)))
}

/// Does the verb at a place claim the act, and how?
fn claim(act: &Act, form: Form, words: &[&str], at: usize) -> Option<Claim> {
    let before: Vec<&str> = words[..at].iter().rev().copied().collect();
    let filler = |word: &&&str| ACTS.fillers.iter().any(|filler| filler == **word);
    let skipped = before.iter().take_while(filler).count();
    let fillers = &before[..skipped];
    let been = fillers.iter().any(|word| matches!(*word, "been" | "being"));
    let negated = fillers.iter().any(|word| is_no(word))
        || before
            .get(skipped)
            .is_some_and(|word| is_no(word) && *word != "cannot" && *word != "can't");
    let aux = before.get(skipped).copied().unwrap_or("");
    let subject = before[skipped.min(before.len())..]
        .iter()
        .skip(1)
        .find(|word| !filler(word))
        .copied()
        .unwrap_or("");
    let of_thing = act.things.is_empty()
        || act
            .things
            .iter()
            .any(|thing| words.contains(&thing.as_str()));
    let found = frame(aux, subject, form, (been, of_thing, at == skipped))?;
    Some(if negated { Claim::Denied } else { found })
}

fn is_no(word: &str) -> bool {
    word.ends_with("n't") || matches!(word, "not" | "never" | "nothing" | "no")
}

fn is_us(word: &str) -> bool {
    matches!(word, "i" | "we")
}

/// What auxiliary and subject make of a form of a verb. `starts` says that nothing but small words
/// stands before it in its clause.
fn frame(
    aux: &str,
    subject: &str,
    Form { past, base, doing }: Form,
    (been, of_thing, starts): (bool, bool, bool),
) -> Option<Claim> {
    let passive = || (of_thing && subject != "you").then_some(Claim::Passive);
    match aux {
        "i've" | "we've" if past && !been => Some(Claim::Done),
        "i'd" | "we'd" => None,
        "have" | "had" | "haven't" if past && is_us(subject) && !been => Some(Claim::Done),
        "have" | "has" | "had" | "hasn't" | "haven't" if past && been => passive(),
        "is" | "are" | "was" | "were" | "isn't" | "aren't" | "wasn't" | "weren't" | "got"
        | "it's" | "that's" | "been"
            if past =>
        {
            passive()
        }
        "i" | "we" if past && !base => Some(Claim::Done),
        "i" | "we" if past && base && !starts => None,
        "i'm" | "we're" if doing => Some(Claim::Coming),
        "am" | "are" if doing && is_us(subject) => Some(Claim::Coming),
        "i'll" | "we'll" if base => Some(Claim::Coming),
        "will" | "shall" if base && is_us(subject) => Some(Claim::Coming),
        "to" if base && matches!(subject, "going") => Some(Claim::Coming),
        "" if starts && past && !base => Some(Claim::Passive),
        _ if past && !base && starts => Some(Claim::Passive),
        _ => None,
    }
}

fn holds(known: &Known<'_>, scene: &Scene, act: &Act, claim: Claim, clause: &str) -> bool {
    let has = |words: &[String]| words.iter().any(|word| find_words(clause, word).is_some());
    let of = act.of.iter().find(|of| has(&of.words));
    let tools = of.map_or(&act.tools, |of| &of.tools);
    let done = tools.iter().any(|tool| known.evidence.has_done(tool));
    let earlier = || {
        act.statuses
            .iter()
            .any(|status| has_status(known, scene, status))
    };
    match claim {
        Claim::Denied => !done,
        // Where it stood when it was looked up is a status of its own.
        Claim::Passive
            if tools.iter().any(|tool| tool == "start_return") && names_return(scene) =>
        {
            true
        }
        Claim::Done | Claim::Passive => {
            done && is_of_act(known, scene, tools)
                || earlier()
                || is_told(known, scene.names_order(), clause)
        }
        Claim::Coming => done || is_told(known, scene.names_order(), clause),
    }
}

/// The return that is named is known, so it was registered.
fn names_return(scene: &Scene) -> bool {
    scene
        .named()
        .iter()
        .any(|subject| subject.0.starts_with("return:"))
}

/// The verbs of acts that were done, blanked: what was done in this turn is no status that was read
/// before.
pub fn without_done(known: &Known<'_>, lower: String) -> String {
    let mut left = lower;
    let has_done = |act: &&Act| act.tools.iter().any(|tool| known.evidence.has_done(tool));
    for word in ACTS.act.iter().filter(has_done).flat_map(|act| &act.past) {
        if left.contains(word.as_str()) {
            left = left.replace(word.as_str(), &"\u{1}".repeat(word.len()));
        }
    }
    left
}

/// An act that was done to one order says nothing of another one that the sentence names.
fn is_of_act(known: &Known<'_>, scene: &Scene, tools: &[String]) -> bool {
    let named: Vec<_> = scene.named();
    let orders: Vec<&str> = named
        .iter()
        .map(|subject| subject.root())
        .filter(|root| root.starts_with("order:"))
        .collect();
    let of_acts = known.evidence.acted_on(tools);
    orders.is_empty() || of_acts.is_empty() || orders.iter().all(|order| of_acts.contains(order))
}

fn has_status(known: &Known<'_>, scene: &Scene, status: &str) -> bool {
    let in_play = scene.in_play(0);
    let says = |fact: &&Fact| matches!(&fact.value, FactValue::Status(own) if own == status);
    known
        .facts()
        .iter()
        .filter(says)
        .any(|fact| in_play.allows(fact) || is_about_rules(fact))
}

/// So many words that stand in what a tool has said are its own.
const TOLD_WORDS_MIN: usize = 4;

/// A rule or a refusal that says just this may be passed on: most words of the clause stand in one
/// of its sentences.
fn is_told(known: &Known<'_>, of_order: bool, clause: &str) -> bool {
    let said = clause.trim_matches(|c: char| c == '\u{1}' || c.is_whitespace());
    let is_long = words_of(said).len() >= TOLD_WORDS_MIN;
    let mut told = known.told().iter();
    if known.refusals_say(said)
        || told.any(|told| told.trim() == said || (is_long && told.contains(said)))
    {
        return true;
    }
    if of_order {
        return false;
    }
    let words: Vec<&str> = words_of(clause)
        .into_iter()
        .filter(|word| word.len() > 3)
        .collect();
    words.len() >= 3
        && known.rules().iter().any(|rule| {
            let there = words.iter().filter(|word| rule.contains(**word)).count();
            there * 4 >= words.len() * 3
        })
}

/// "A colleague will write to you": a person has to have been asked; nobody ever calls.
fn people_will(known: &Known<'_>, lower: &str) -> Option<String> {
    clauses(lower).find_map(|clause| {
        let words = words_of(clause);
        let who = words
            .iter()
            .position(|word| ACTS.people.iter().any(|one| one == word))?;
        let will = words[who..].iter().position(|word| {
            matches!(*word, "will" | "'ll" | "going" | "is" | "are" | "team'll")
        })? + who;
        let verb = words[will..].iter().find(|word| {
            let stem = |list: &[String]| list.iter().any(|one| one == **word);
            stem(&ACTS.people_do) || stem(&ACTS.never_do)
        })?;
        let never = ACTS.never_do.iter().any(|one| one == verb);
        let denied = words[who..].iter().any(|word| is_no(word));
        let asked = known.evidence.has_done("hand_off") && !never;
        // "The driver will call you before he comes" is no condition of the call.
        let before = clause.split(*verb).next().unwrap_or("");
        let open = match never {
            true => has_condition(before) || denied,
            false => has_condition(lower) || denied || is_told(known, false, clause),
        };
        (!asked && !open).then(|| clause.trim().to_owned())
    })
}

/// "Consider it done", "you're all set".
fn done_somehow(known: &Known<'_>, lower: &str) -> Option<String> {
    if known.evidence.has_acted() {
        return None;
    }
    clauses(lower).find_map(|clause| {
        let said = ACTS
            .done
            .iter()
            .find(|words| find_words(clause, words).is_some())?;
        let open = has_condition(clause) || words_of(clause).iter().any(|word| is_no(word));
        (!open).then(|| said.clone())
    })
}

/// "You will get an e-mail": only what an act or a rule brings.
fn you_will_get(known: &Known<'_>, lower: &str) -> Option<String> {
    if has_condition(lower) || known.evidence.has_acted() {
        return None;
    }
    clauses(lower).find_map(|clause| {
        let at = ACTS
            .you_get
            .iter()
            .find(|words| find_words(clause, words).is_some())?;
        let what = ACTS
            .you_get_what
            .iter()
            .find(|words| find_words(clause, words).is_some())?;
        let told = known
            .rules()
            .iter()
            .any(|rule| rule.contains(what.as_str()));
        (!told && !words_of(clause).iter().any(|word| is_no(word))).then(|| format!("{at} {what}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_read_by_who_acts_and_how() {
        let read = |text: &str| {
            let words = words_of(text);
            words.iter().enumerate().find_map(|(at, word)| {
                let forms = FORMS.get(word)?;
                forms
                    .iter()
                    .find_map(|(act, form)| claim(act, *form, &words, at))
            })
        };
        for (text, claim) in [
            ("i have refunded you", Some(Claim::Done)),
            ("i just refunded you", Some(Claim::Done)),
            ("i went ahead and cancelled it", Some(Claim::Done)),
            ("we've already updated your address", Some(Claim::Done)),
            ("your refund has been processed", Some(Claim::Passive)),
            ("your address is updated", Some(Claim::Passive)),
            ("refunded in full", Some(Claim::Passive)),
            ("i'll cancel it right away", Some(Claim::Coming)),
            ("i'm cancelling it", Some(Claim::Coming)),
            ("i am going to cancel it", Some(Claim::Coming)),
            ("i have not cancelled anything", Some(Claim::Denied)),
            ("i haven't cancelled anything", Some(Claim::Denied)),
            ("i can cancel it", None),
            ("shall i cancel it", None),
            ("you have cancelled it", None),
            ("would you like me to cancel it", None),
            ("it cannot be cancelled", None),
        ] {
            assert_eq!(read(text), claim, "{text}");
        }
    }
}
