//! The turn as a state machine: for any order of model outputs and tool results it ends within its
//! limits, and cut after any durable event it goes on to the same effects.

use attendant::agent::confirm::ConfirmWords;
use attendant::agent::driver::part_key;
use attendant::agent::turn::{Confirmed, Step, Turn};
use attendant::domain::bundle::HandOffReason;
use attendant::domain::conversation::Head;
use attendant::domain::event::*;
use attendant::domain::identity::{Proof, ProofMethod};
use attendant::domain::ids::*;
use attendant::domain::limits;
use attendant::domain::parts::ProposalPart;
use proptest::prelude::*;

fn words() -> ConfirmWords {
    ConfirmWords::parse(include_str!("../../prompts/reply/confirm.toml")).unwrap()
}

/// A driver without I/O: it answers steps from a script and keeps the log as the store would.
struct Bench {
    turn: Turn,
    log: Vec<Event>,
    /// Noted but not appended: lost in a crash.
    pending: Vec<Event>,
    script: Vec<u8>,
    at: usize,
    /// Proposals with the part that was carried out.
    effects: Vec<(ProposalId, usize)>,
    /// Keys under which an effect was really carried out.
    done: std::collections::BTreeSet<String>,
    proposals: u32,
    /// Every second proposal waits for an agent.
    parks: bool,
    crash_after: Option<usize>,
    appends: usize,
}

impl Bench {
    fn new(script: Vec<u8>, crash_after: Option<usize>) -> Self {
        Self {
            turn: Turn::default(),
            log: vec![],
            pending: vec![],
            script,
            at: 0,
            effects: vec![],
            done: Default::default(),
            proposals: 0,
            parks: false,
            crash_after,
            appends: 0,
        }
    }

    fn draw(&mut self) -> u8 {
        self.at += 1;
        self.script.get(self.at - 1).copied().unwrap_or(0)
    }

    fn append(&mut self, bodies: Vec<EventBody>) {
        let mut batch: Vec<Event> = self.pending.drain(..).collect();
        let known = batch.len();
        batch.extend(bodies.into_iter().map(|body| Event {
            seq: 0,
            at_ms: 0,
            body,
        }));
        for (i, mut event) in batch.into_iter().enumerate() {
            event.seq = self.log.len() as u64 + 1;
            if i >= known {
                self.turn.apply(&event);
            }
            self.log.push(event);
        }
        self.appends += 1;
        if self.crash_after == Some(self.appends) {
            self.crash();
        }
    }

    fn crash(&mut self) {
        self.pending.clear();
        self.turn = Turn::default();
        for event in &self.log {
            self.turn.apply(event);
        }
    }

    fn note(&mut self, body: EventBody) {
        let event = Event {
            seq: 0,
            at_ms: 0,
            body,
        };
        self.turn.apply(&event);
        self.pending.push(event);
    }

    fn shopper(&mut self, text: &str) {
        let n = self.log.len();
        self.append(vec![EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new(format!("s{n}")),
            client_id: None,
            private: Some(ShopperWords::new(text)),
        })]);
    }

    /// Somebody else comes: the run that was on is fenced off, what it noted is lost, and another
    /// reads the log. A typed yes that stands is confirmed first, and not yet carried out.
    fn wall(&mut self) {
        if let Step::Confirm { proposal, hash } = self.turn.next(1_000, &words()) {
            self.append(vec![EventBody::ProposalConfirmed(ProposalConfirmed {
                key: IdempotencyKey::new(format!("k-{proposal}")),
                proposal,
                hash,
                by: ConfirmedBy::Words,
            })]);
        }
        self.crash();
        let through = Some(self.log.len() as u64);
        self.append(vec![EventBody::IdentityDropped(IdentityDropped {
            through,
        })]);
    }

    /// What waits for an agent.
    fn parked(&self) -> Vec<ProposalId> {
        let made = self.log.iter().filter_map(|event| match &event.body {
            EventBody::ProposalMade(made) => Some(made.proposal.clone()),
            _ => None,
        });
        made.filter(|proposal| self.turn.parked(proposal).is_some())
            .collect()
    }

    /// An agent decides about the oldest of it; no run is on.
    fn decide(&mut self, approved: bool) {
        let Some(proposal) = self.parked().into_iter().next() else {
            return;
        };
        self.append(vec![EventBody::ApprovalDecided(ApprovalDecided {
            hash: self.turn.parked(&proposal).unwrap().made.hash.clone(),
            reopens: self.turn.reopens_with(&proposal),
            key: IdempotencyKey::new(format!("k-{proposal}")),
            proposal,
            by: "Mara".into(),
            approved,
            amount: None,
            private: Some(DecisionWords::default()),
        })]);
    }

    /// The head as the store would keep it.
    fn head(&self) -> Head {
        let mut head = Head::new(Channel::Chat);
        self.log.iter().for_each(|event| head.apply(event));
        head
    }

    /// Serves until the turn waits. Panics when it does not end.
    fn serve(&mut self) {
        let bound = 8 * (limits::STEPS_PER_TURN_MAX + limits::CALLS_PER_TURN_MAX) as usize;
        for _ in 0..bound {
            let step = self.turn.next(1_000, &words());
            assert_eq!(
                step,
                self.turn.next(1_000, &words()),
                "asking twice gives the same step"
            );
            match step {
                Step::Wait => return,
                Step::CallModel => self.model(),
                Step::RunTools(calls) => self.tools(calls),
                Step::Confirm { proposal, hash } => {
                    self.append(vec![EventBody::ProposalConfirmed(ProposalConfirmed {
                        key: IdempotencyKey::new(format!("k-{proposal}")),
                        proposal,
                        hash,
                        by: ConfirmedBy::Words,
                    })])
                }
                Step::Close { proposal, why } => {
                    self.note(EventBody::ProposalClosed(ProposalClosed {
                        proposal,
                        why,
                        by: Some(ConfirmedBy::Words),
                    }))
                }
                Step::Execute(confirmed) => {
                    let proposal = confirmed.made.proposal.clone();
                    if !confirmed.is_declined() && self.carry_out(&confirmed) {
                        continue;
                    }
                    self.note(EventBody::EffectFinished(EffectFinished {
                        proposal,
                        tool: confirmed.made.tool.clone(),
                        key: confirmed.confirmed.key.clone(),
                        outcome: ToolOutcome::Done,
                        hand_off: None,
                        private: None,
                    }));
                }
                Step::Tell => self.say("Done. "),
                Step::AskForButton { through } => self.end(through, false),
                Step::Reply => {
                    let hand_off = self.parks && self.turn.hand_off().is_some();
                    self.end(self.turn.through(), hand_off);
                }
                Step::HandOff(_) => self.end(self.turn.through(), true),
            }
        }
        panic!("the turn did not end");
    }

    /// Every part once under its key; true when it is killed between two.
    fn carry_out(&mut self, confirmed: &Confirmed) -> bool {
        for at in 0..confirmed.made.parts().len() {
            let key = part_key(&confirmed.confirmed.key, at);
            if self.done.insert(key.to_string()) {
                self.effects.push((confirmed.made.proposal.clone(), at));
            }
            if self.crash_after.is_some() && self.draw() % 4 == 3 {
                self.crash();
                return true;
            }
        }
        false
    }

    /// The parts of every confirmed proposal, in order.
    fn confirmed_parts(&self) -> Vec<(ProposalId, usize)> {
        let confirmed = self.log.iter().filter_map(|event| match &event.body {
            EventBody::ProposalConfirmed(confirmed) => Some(&confirmed.proposal),
            EventBody::ApprovalDecided(decided) if decided.approved => Some(&decided.proposal),
            _ => None,
        });
        let parts = |proposal: &ProposalId| {
            let made = self.log.iter().find_map(|event| match &event.body {
                EventBody::ProposalMade(made) if made.proposal == *proposal => Some(made),
                _ => None,
            });
            made.unwrap().parts().len()
        };
        confirmed
            .flat_map(|proposal| (0..parts(proposal)).map(|at| (proposal.clone(), at)))
            .collect()
    }

    fn say(&mut self, text: &str) {
        let at = self.turn.released().len() as u64;
        self.note(EventBody::Released(Released {
            message: MessageId::new("m"),
            at,
            private: Some(Words { text: text.into() }),
        }));
    }

    fn end(&mut self, through: u64, hand_off: bool) {
        let mut bodies = vec![EventBody::Replied(Replied {
            message: MessageId::new("m"),
            through,
            private: None,
        })];
        if hand_off {
            let reason = match self.parks {
                true => self.turn.hand_off().unwrap_or(HandOffReason::Failure),
                false => HandOffReason::Failure,
            };
            bodies.push(EventBody::HandedOff(HandedOff {
                bundle: BundleId::new("b"),
                reason,
                urgency: attendant::domain::bundle::Urgency::Low,
            }));
        }
        self.append(bodies);
    }

    fn model(&mut self) {
        let seen = self.turn.newest_message();
        let n = self.at;
        let answer = |calls: Vec<(&str, usize)>| {
            EventBody::ModelAnswered(ModelAnswered {
                model: "script".into(),
                seen,
                calls: calls
                    .iter()
                    .map(|(tool, i)| CallHead {
                        call: CallId::new(format!("c{n}-{i}")),
                        tool: (*tool).into(),
                    })
                    .collect(),
                usage: Usage::default(),
                cut: false,
                private: None,
            })
        };
        match self.draw() % 8 {
            0 | 1 => {
                self.say("All is well. ");
                self.note(answer(vec![]));
            }
            2 => self.note(answer(vec![("lookup_order", 0)])),
            3 => self.note(answer((0..5).map(|i| ("lookup_order", i)).collect())),
            4 => {
                let several = usize::from(self.draw() % 3) + 1;
                let calls = (0..several).map(|i| ("start_return", i));
                self.note(answer(calls.collect()));
            }
            5 => self.note(EventBody::ModelFailed(ModelFailed {
                model: "script".into(),
                detail: "x".into(),
                usage: Usage::default(),
            })),
            6 => self.note(EventBody::GuardStopped(GuardStopped {
                model: String::new(),
                usage: Usage::default(),
                private: None,
            })),
            // A message that comes while the model thinks.
            _ => {
                self.shopper("and another thing");
                self.say("Well. ");
                self.note(answer(vec![]));
            }
        }
    }

    fn tools(&mut self, calls: Vec<attendant::agent::turn::PendingCall>) {
        let mut prepared = Vec::new();
        let mut parked = false;
        for call in calls {
            let outcome = match self.draw() % 4 {
                0 => ToolOutcome::Refused,
                1 => ToolOutcome::Failed,
                _ => ToolOutcome::Done,
            };
            let proposes = call.tool == "start_return" && outcome == ToolOutcome::Done;
            let parks = self.parks && proposes && self.proposals.is_multiple_of(2);
            self.note(EventBody::ToolReturned(ToolReturned {
                call: call.call.clone(),
                tool: call.tool.clone(),
                outcome,
                tainted: self.proposals % 5 == 4,
                acted: false,
                hand_off: parks.then_some(HandOffReason::NeedsApproval),
                private: None,
            }));
            if proposes {
                parked |= parks;
                prepared.push(call);
            }
        }
        if !prepared.is_empty() {
            self.proposals += 1;
            let made = self.made_of(&prepared, parked);
            self.note(EventBody::ProposalMade(made));
        }
    }

    fn made_of(
        &self,
        prepared: &[attendant::agent::turn::PendingCall],
        parked: bool,
    ) -> ProposalMade {
        let part = |call: &attendant::agent::turn::PendingCall| ProposalPart {
            tool: call.tool.clone(),
            arguments: Default::default(),
            title: call.call.to_string(),
            lines: vec![],
            amount: None,
            order: None,
        };
        ProposalMade {
            proposal: ProposalId::new(format!("p{}", self.proposals)),
            call: prepared[0].call.clone(),
            tool: prepared[0].tool.clone(),
            hash: format!("h{}", self.proposals),
            order: None,
            amount: None,
            bounds: None,
            approver: if parked {
                Approver::Agent
            } else {
                Approver::Shopper
            },
            drafted: false,
            expires_ms: if self.proposals % 7 == 6 { 0 } else { 10_000 },
            tainted: self.turn.tainted(),
            private: Some(ProposalWords {
                parts: prepared.iter().map(part).collect(),
                ..ProposalWords::default()
            }),
        }
    }
}

/// A shopper who says something, or yes, or no.
fn line() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("where is it"),
        Just("yes"),
        Just("no"),
        Just("yes but the blue one"),
        Just("")
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Ends within its limits and answers every message, whatever comes.
    #[test]
    fn every_turn_ends_and_answers(lines in prop::collection::vec(line(), 1..6), script in prop::collection::vec(any::<u8>(), 0..120)) {
        let mut bench = Bench::new(script, None);
        for line in lines {
            bench.shopper(line);
            bench.serve();
            let last_message = bench.log.iter().rev().find(|e| matches!(e.body, EventBody::ShopperWrote(_))).unwrap().seq;
            let answered = bench.log.iter().filter_map(|e| match &e.body { EventBody::Replied(r) => Some(r.through), _ => None }).max();
            prop_assert!(answered.unwrap_or(0) >= last_message, "the last message has its answer");
        }
    }

    /// Cut right after any durable append and folded again: no effect is lost or doubled, and every
    /// effect has the yes that asked for it.
    #[test]
    fn cut_anywhere_it_goes_on_to_the_same_effects(lines in prop::collection::vec(line(), 1..6), script in prop::collection::vec(any::<u8>(), 0..120), cut in 1usize..24) {
        let mut bench = Bench::new(script, Some(cut));
        for line in lines {
            bench.shopper(line);
            bench.serve();
        }
        let confirmed: Vec<_> = bench.log.iter().filter_map(|e| match &e.body { EventBody::ProposalConfirmed(c) => Some(c.proposal.clone()), _ => None }).collect();
        let finished: Vec<_> = bench.log.iter().filter_map(|e| match &e.body { EventBody::EffectFinished(f) => Some(f.proposal.clone()), _ => None }).collect();
        prop_assert_eq!(&bench.effects, &bench.confirmed_parts(), "every part of every yes, once, in order");
        prop_assert_eq!(&finished, &confirmed, "and its result is in the log");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// A wall before any message's answer: head and turn agree that nothing is left but what was
    /// confirmed, that is carried out once and told to nobody, and nothing that was open answers
    /// the next one's yes.
    #[test]
    fn behind_a_wall_only_what_was_confirmed_goes_on(lines in prop::collection::vec(line(), 1..6), script in prop::collection::vec(any::<u8>(), 0..120), wall in 0usize..6) {
        let mut bench = Bench::new(script, None);
        let mut before = 0;
        for (i, line) in lines.into_iter().enumerate() {
            bench.shopper(line);
            if i == wall {
                bench.wall();
                before = bench.log.len() as u64;
                let next = bench.turn.next(1_000, &words());
                let executes = matches!(next, Step::Execute(_));
                prop_assert!(executes || next == Step::Wait, "{:?}", next);
                prop_assert_eq!(bench.head().has_work(), executes);
                prop_assert!(bench.turn.proposal().is_none());
                bench.serve();
                prop_assert!(bench.turn.effects_untold().is_empty());
                bench.append(vec![]);
                prop_assert!(!bench.head().has_work());
                prop_assert_eq!(bench.turn.next(1_000, &words()), Step::Wait);
            } else {
                bench.serve();
            }
        }
        prop_assert_eq!(&bench.effects, &bench.confirmed_parts(), "every part of every yes, once, in order");
        let mut through = bench.log.iter().filter(|e| e.seq > before).filter_map(|e| match &e.body { EventBody::Replied(r) => Some(r.through), _ => None });
        prop_assert!(through.all(|through| through > before), "nobody answers who has gone");
        // Read again from the log, it is the same.
        let folded = bench.turn.clone();
        bench.crash();
        prop_assert_eq!(bench.turn.next(1_000, &words()), folded.next(1_000, &words()));
    }
}

/// What happens between two messages while calls wait for agents.
#[derive(Clone, Copy, Debug)]
enum Between {
    Nothing,
    Approved,
    Declined,
    /// A person writes, and an agent decides while they do.
    Person,
    /// A person gives it back.
    Back,
    Wall,
}

fn between() -> impl Strategy<Value = Between> {
    prop_oneof![
        Just(Between::Nothing),
        Just(Between::Approved),
        Just(Between::Declined),
        Just(Between::Person),
        Just(Between::Back),
        Just(Between::Wall),
    ]
}

impl Bench {
    fn happens(&mut self, between: Between) {
        match between {
            Between::Nothing => {}
            Between::Approved => self.decide(true),
            Between::Declined => self.decide(false),
            Between::Person => {
                self.append(vec![EventBody::AgentWrote(AgentWrote {
                    message: MessageId::new("a"),
                    agent: "Mara".into(),
                    private: None,
                })]);
                self.decide(true);
            }
            Between::Back => self.append(vec![EventBody::HandedBack(HandedBack {
                agent: "Mara".into(),
            })]),
            Between::Wall => {
                let through = Some(self.log.len() as u64);
                let dropped = IdentityDropped { through };
                self.append(vec![EventBody::IdentityDropped(dropped)]);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever happens in between and wherever it is cut: a yes of an agent is one effect, a no is
    /// none, each has its result in the log, turn and head agree, and nothing is left to do.
    #[test]
    fn what_agents_decide_is_done_once_and_told(days in prop::collection::vec((line(), between()), 1..7), script in prop::collection::vec(any::<u8>(), 0..120), cut in 1usize..40) {
        let mut bench = Bench::new(script, Some(cut));
        bench.parks = true;
        for (line, between) in days {
            bench.shopper(line);
            bench.serve();
            bench.happens(between);
            let untold = matches!(bench.turn.next(1_000, &words()), Step::Execute(one) if !one.of_before);
            let before = bench.log.len();
            bench.serve();
            bench.append(vec![]);
            prop_assert!(!bench.head().has_work());
            prop_assert_eq!(bench.turn.next(1_000, &words()), Step::Wait);
            prop_assert_eq!(bench.turn.status(), bench.head().status);
            let told = bench.log[before..].iter().any(|e| matches!(e.body, EventBody::Replied(_)));
            prop_assert!(!untold || told, "{:?} is told", between);
        }
        let decided: Vec<_> = bench.log.iter().filter_map(|e| match &e.body { EventBody::ApprovalDecided(d) => Some(d.clone()), _ => None }).collect();
        for one in &decided {
            let done = bench.effects.iter().filter(|(p, at)| *p == one.proposal && *at == 0).count();
            prop_assert_eq!(done, usize::from(one.approved));
            let finished = bench.log.iter().filter(|e| matches!(&e.body, EventBody::EffectFinished(f) if f.proposal == one.proposal)).count();
            prop_assert_eq!(finished, 1);
        }
    }
}

fn made(turn: &mut Turn, tainted: bool, expires_ms: i64) {
    for (seq, body) in [
        EventBody::ShopperWrote(ShopperWrote {
            message: MessageId::new("a"),
            client_id: None,
            private: Some(ShopperWords::new("return it")),
        }),
        EventBody::ProposalMade(ProposalMade {
            proposal: ProposalId::new("p1"),
            call: CallId::new("c1"),
            tool: "start_return".into(),
            hash: "h1".into(),
            order: None,
            amount: None,
            bounds: None,
            approver: Approver::Shopper,
            drafted: false,
            expires_ms,
            tainted,
            private: None,
        }),
        EventBody::Replied(Replied {
            message: MessageId::new("m"),
            through: 1,
            private: None,
        }),
    ]
    .into_iter()
    .enumerate()
    {
        turn.apply(&Event {
            seq: seq as u64 + 1,
            at_ms: 0,
            body,
        });
    }
}

fn says(turn: &mut Turn, seq: u64, text: &str) -> Step {
    let body = EventBody::ShopperWrote(ShopperWrote {
        message: MessageId::new("b"),
        client_id: None,
        private: Some(ShopperWords::new(text)),
    });
    turn.apply(&Event {
        seq,
        at_ms: 0,
        body,
    });
    turn.next(5, &words())
}

#[test]
fn a_typed_yes_confirms_what_was_shown_last() {
    let mut turn = Turn::default();
    made(&mut turn, false, 100);
    let step = says(&mut turn, 4, "Yes!");
    assert_eq!(
        step,
        Step::Confirm {
            proposal: ProposalId::new("p1"),
            hash: "h1".into()
        }
    );
}

#[test]
fn a_yes_with_a_condition_goes_to_the_model() {
    let mut turn = Turn::default();
    made(&mut turn, false, 100);
    assert_eq!(says(&mut turn, 4, "yes, but the blue one"), Step::CallModel);
}

#[test]
fn a_yes_after_something_else_was_shown_goes_to_the_model() {
    let mut turn = Turn::default();
    made(&mut turn, false, 100);
    says(&mut turn, 4, "what does that cost?");
    turn.apply(&Event {
        seq: 5,
        at_ms: 0,
        body: EventBody::Replied(Replied {
            message: MessageId::new("m2"),
            through: 4,
            private: None,
        }),
    });
    assert_eq!(says(&mut turn, 6, "yes"), Step::CallModel);
}

#[test]
fn a_tainted_proposal_needs_the_button() {
    let mut turn = Turn::default();
    made(&mut turn, true, 100);
    assert_eq!(says(&mut turn, 4, "yes"), Step::AskForButton { through: 4 });
}

#[test]
fn a_yes_that_comes_too_late_closes_the_proposal() {
    let mut turn = Turn::default();
    made(&mut turn, false, 1);
    let step = says(&mut turn, 4, "yes");
    assert_eq!(
        step,
        Step::Close {
            proposal: ProposalId::new("p1"),
            why: ClosedWhy::Expired
        }
    );
}

#[test]
fn a_persons_message_stops_the_assistant() {
    let mut turn = Turn::default();
    made(&mut turn, false, 100);
    assert_eq!(says(&mut turn, 4, "hello"), Step::CallModel);
    turn.apply(&Event {
        seq: 5,
        at_ms: 0,
        body: EventBody::AgentWrote(AgentWrote {
            message: MessageId::new("x"),
            agent: "Mara".into(),
            private: None,
        }),
    });
    assert_eq!(turn.next(5, &words()), Step::Wait);
    assert_eq!(
        says(&mut turn, 6, "yes"),
        Step::Wait,
        "and a yes is for the person now"
    );
}

/// What one turn does not take in is the next one's: nothing is answered that nobody has read.
#[test]
fn a_burst_that_is_too_long_for_one_turn_goes_on_in_the_next() {
    let mut turn = Turn::default();
    let most = attendant::domain::limits::BURST_MESSAGES_MAX as u64;
    for seq in 1..=most + 5 {
        assert_eq!(says(&mut turn, seq, "hello"), Step::CallModel);
    }
    assert_eq!(turn.through(), most);
    turn.apply(&Event {
        seq: most + 6,
        at_ms: 0,
        body: EventBody::Replied(Replied {
            message: MessageId::new("r"),
            through: turn.through(),
            private: None,
        }),
    });
    assert_eq!(turn.next(5, &words()), Step::CallModel);
    assert_eq!(turn.through(), most + 5);
    assert_eq!(turn.first_input(), most + 1);
}

#[test]
fn a_no_beyond_what_one_turn_takes_in_stops_a_yes() {
    let mut turn = Turn::default();
    made(&mut turn, false, 100);
    let most = attendant::domain::limits::BURST_MESSAGES_MAX as u64;
    for seq in 4..4 + most {
        says(&mut turn, seq, "yes");
    }
    assert_eq!(says(&mut turn, 4 + most, "no wait"), Step::CallModel);
}

fn person_asked(turn: &mut Turn, seq: u64) {
    let body = EventBody::PersonAsked(PersonAsked { client_id: None });
    turn.apply(&Event {
        seq,
        at_ms: 0,
        body,
    });
}

#[test]
fn the_button_for_a_person_is_answered_by_a_hand_off_and_by_nothing_less() {
    let asked = Step::HandOff(HandOffReason::ShopperAsked);
    let mut turn = Turn::default();
    person_asked(&mut turn, 1);
    assert_eq!(turn.next(5, &words()), asked);
    // A yes beside it that only the button may give does not swallow it.
    let mut turn = Turn::default();
    made(&mut turn, true, 100);
    person_asked(&mut turn, 4);
    assert_eq!(says(&mut turn, 5, "yes"), Step::CallModel);
    assert_eq!(turn.hand_off(), Some(HandOffReason::ShopperAsked));
    // Pressed while an answer to something earlier was on: it is still to be answered.
    let mut turn = Turn::default();
    says(&mut turn, 1, "hello");
    person_asked(&mut turn, 2);
    let body = EventBody::Replied(Replied {
        message: MessageId::new("m"),
        through: 1,
        private: None,
    });
    turn.apply(&Event {
        seq: 3,
        at_ms: 0,
        body,
    });
    assert_eq!(turn.next(5, &words()), asked);
    // Behind a wall it is the new shopper's, before it nobody's.
    for (through, step) in [(1, asked), (2, Step::Wait)] {
        let mut turn = turn.clone();
        let body = EventBody::IdentityDropped(IdentityDropped {
            through: Some(through),
        });
        turn.apply(&Event {
            seq: 4,
            at_ms: 0,
            body: EventBody::IdentityProved(IdentityProved {
                proof: Proof::Customer {
                    customer: CustomerId::new("a"),
                    method: ProofMethod::Token,
                },
            }),
        });
        turn.apply(&Event {
            seq: 5,
            at_ms: 0,
            body,
        });
        assert_eq!(turn.next(5, &words()), step, "{through}");
    }
}
