//! A context as it was played: the shopper writes, a scripted model calls the tools that the
//! context names, and the evidence is folded from the log up to where the reply begins.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, bail, ensure};
use jiff::civil::Date;
use serde_json::Value;

use super::set::{Call, Context, Step};
use crate::agent::evidence::Evidence;
use crate::clock;
use crate::domain::event::{Event, EventBody, ToolOutcome};
use crate::domain::evidence::FactValue;
use crate::evals::case::{Act, Button};
use crate::evals::play::events_of;
use crate::evals::stage::{Kit, Stage};
use crate::evals::talk::Talk;
use crate::evals::world::World;
use crate::model::scripted::{Answer, Scripted};

/// What the model says when it calls no tool: nothing that would need a fact.
const SAYS: &str = "All right.";
/// Paths of values that the context has learned: "fact.<attribute>".
const FACT: &str = "fact.";

/// How often a context is tried before it counts as broken.
const TRIES: usize = 10;

/// What a reply of the context is checked against.
pub struct Scene {
    pub evidence: Evidence,
    /// The shop's day.
    pub today: Date,
    /// Messages, calls and results, for people who label.
    pub talk: String,
    world: World,
}

/// What the model answers next.
type Script = Arc<Mutex<VecDeque<Answer>>>;

/// Plays contexts one after the other, each in a shop of its own.
pub async fn play(contexts: &[Context], seed: u64) -> anyhow::Result<BTreeMap<String, Scene>> {
    let script = Script::default();
    let answers = script.clone();
    let model = Scripted::by(move |_| {
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers
            .pop_front()
            .unwrap_or_else(|| Answer::new().text(SAYS))
    });
    let kit = Kit::new(Arc::new(model), seed)?;
    let mut scenes = BTreeMap::new();
    for context in contexts {
        let mut played = play_one(&kit, &script, context).await;
        // On a busy machine a tool may run out of its time.
        for _ in 1..TRIES {
            if played.is_err() {
                played = play_one(&kit, &script, context).await;
            }
        }
        let scene = played.with_context(|| format!("the context {}", context.name))?;
        scenes.insert(context.name.clone(), scene);
    }
    Ok(scenes)
}

async fn play_one(kit: &Kit, script: &Script, context: &Context) -> anyhow::Result<Scene> {
    let stage = kit.stage(&format!("guard/{}", context.name), None).await?;
    for change in &context.changes {
        let world = world(&stage, context).await?;
        change
            .apply(&stage.store, &world, &stage.random, stage.clock.now_ms())
            .await?;
    }
    let begin = world(&stage, context).await?;
    let mut talk = Talk::start(&stage, &begin).await?;
    for (at, step) in context.steps.iter().enumerate() {
        let world = world(&stage, context).await?;
        let taken = take(&mut talk, script, &world, step).await;
        taken.with_context(|| format!("step {}", at + 1))?;
    }
    let events = events_of(&stage.store, &talk.id).await?;
    let failed = events.iter().find_map(|event| match &event.body {
        EventBody::ToolReturned(returned) if is_broken(returned.outcome) => Some(&returned.tool),
        _ => None,
    });
    if let Some(tool) = failed {
        bail!("{tool} gave no result");
    }
    let today = clock::day(stage.clock.now_ms(), &stage.shop.profile.zone);
    Ok(Scene {
        evidence: evidence(&events),
        today,
        talk: told(&events),
        world: world(&stage, context).await?,
    })
}

async fn world(stage: &Stage, context: &Context) -> anyhow::Result<World> {
    let email = |situation: &Option<String>| match situation {
        Some(situation) => stage.email_of(situation).map(Some),
        None => Ok(None),
    };
    let me = email(if context.shopper.is_some() {
        &context.shopper
    } else {
        &context.knows
    })?;
    let world = stage.world(me, email(&context.other)?).await?;
    Ok(World {
        signed_in: context.shopper.is_some(),
        ..world
    })
}

async fn take(
    talk: &mut Talk<'_>,
    script: &Script,
    world: &World,
    step: &Step,
) -> anyhow::Result<()> {
    let act = match (&step.say, step.press) {
        (Some(line), None) if step.picture => Act::WriteWithPicture(line.clone()),
        (Some(line), None) => Act::Write(vec![line.clone()]),
        (None, Some(Button::Confirm)) => Act::Confirm { twice: false },
        (None, Some(Button::Cancel)) => Act::Cancel,
        (None, Some(Button::Person)) => Act::CallPerson,
        _ => bail!("a step has either `say` or `press`"),
    };
    let mut answers = VecDeque::new();
    for (at, call) in step.calls.iter().enumerate() {
        answers.push_back(answer(talk, world, call, at)?);
    }
    *script.lock().unwrap_or_else(PoisonError::into_inner) = answers;
    let seen = talk.take(act, world).await?;
    if let Some(problem) = seen.problem {
        bail!("{problem}");
    }
    ensure!(
        seen.stopped.is_empty(),
        "the guard stopped {:?}",
        seen.stopped
    );
    let left = script.lock().unwrap_or_else(PoisonError::into_inner).len();
    ensure!(left == 0, "{left} calls were never asked for");
    Ok(())
}

fn answer(talk: &mut Talk<'_>, world: &World, call: &Call, at: usize) -> anyhow::Result<Answer> {
    let mut arguments = serde_json::to_value(&call.with)?;
    fill_all(&mut arguments, &mut |text| {
        let text = talk
            .with_code(text)
            .context("no mail with a code has come")?;
        world.fill(&text)
    })?;
    let id = format!("{}-{at}", call.tool);
    Ok(Answer::new().call(&id, &call.tool, arguments))
}

fn fill_all(
    value: &mut Value,
    fill: &mut impl FnMut(&str) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    match value {
        Value::String(text) => *text = fill(text)?,
        Value::Array(items) => {
            for item in items {
                fill_all(item, fill)?;
            }
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                fill_all(field, fill)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// What was known when the last answer began: its own event ends what holds for a turn.
fn evidence(events: &[Event]) -> Evidence {
    let replied = |event: &Event| matches!(event.body, EventBody::Replied(_));
    let end = events.iter().rposition(replied).unwrap_or(events.len());
    let mut evidence = Evidence::default();
    events[..end].iter().for_each(|event| evidence.apply(event));
    evidence
}

/// A refusal is something to say; a hint to call otherwise means that the context is written wrongly.
fn is_broken(outcome: ToolOutcome) -> bool {
    matches!(outcome, ToolOutcome::Failed | ToolOutcome::Retry)
}

/// The conversation as whoever labels a reply reads it.
fn told(events: &[Event]) -> String {
    let mut told = String::new();
    for event in events {
        // Writing to a string cannot fail.
        let _ = match &event.body {
            EventBody::ShopperWrote(wrote) => {
                let words = wrote.private.as_ref().map_or("", |words| &words.text);
                writeln!(told, "> {words}")
            }
            EventBody::ModelAnswered(answered) => {
                let arguments = answered.private.iter().flat_map(|words| &words.arguments);
                let mut calls = answered.calls.iter().zip(arguments);
                calls.try_for_each(|(head, arguments)| writeln!(told, "{} {arguments}", head.tool))
            }
            EventBody::ToolReturned(returned) => {
                let words = returned.private.as_ref().map_or("", |words| &words.content);
                writeln!(told, "  {:?}: {words}", returned.outcome)
            }
            EventBody::EffectFinished(finished) => {
                let words = finished.private.as_ref().map_or("", |words| &words.content);
                writeln!(told, "{} done: {words}", finished.tool)
            }
            _ => Ok(()),
        };
    }
    told
}

impl Scene {
    /// Fills `{=fact.<attribute>}` with the newest fact of that attribute and other paths as cases
    /// name them.
    pub fn fill(&self, text: &str) -> anyhow::Result<String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{=") {
            let (path, behind) = after.split_once('}').context("a `{=` without its `}`")?;
            filled.push_str(before);
            match path.strip_prefix(FACT) {
                Some(attribute) => filled.push_str(&self.fact(attribute)?),
                None => filled.push_str(&self.world.fill(&format!("{{={path}}}"))?),
            }
            rest = behind;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn fact(&self, attribute: &str) -> anyhow::Result<String> {
        let mut newest_first = self.evidence.facts().iter().rev();
        let fact = newest_first.find(|fact| fact.attribute == attribute);
        let fact = fact.with_context(|| format!("no fact is called \"{attribute}\""))?;
        Ok(match &fact.value {
            FactValue::Money(money) => money.to_string(),
            FactValue::Date(date) => clock::long_date(*date),
            FactValue::Number(number) => number.to_string(),
            FactValue::Name(text)
            | FactValue::Status(text)
            | FactValue::Code(text)
            | FactValue::Link(text) => text.clone(),
        })
    }

    /// Everything that a reply may rest on, for people who label.
    pub fn shown(&self) -> String {
        let mut shown = format!("Today is {}.\n\n{}\n", self.today, self.talk);
        for fact in self.evidence.facts() {
            let about: Vec<&str> = fact
                .about
                .iter()
                .map(|subject| subject.0.as_str())
                .collect();
            // Writing to a string cannot fail.
            let _ = writeln!(
                shown,
                "{} | {} | {:?}",
                about.join(" + "),
                fact.attribute,
                fact.value
            );
        }
        shown
    }
}
