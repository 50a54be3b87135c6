//! Questions as shoppers write them: how many the search answers as they expect.

use super::*;

#[derive(Deserialize)]
struct Questions {
    question: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    ask: String,
    /// Categories of which every product shown must be.
    #[serde(default)]
    all: Vec<String>,
    /// Products of which one must be shown.
    #[serde(default)]
    some: Vec<String>,
    /// Nothing must be shown.
    #[serde(default)]
    none: bool,
    /// In euros.
    max: Option<f64>,
    #[serde(default)]
    typos: bool,
}

fn problem(question: &Question, answer: &Value) -> Option<String> {
    let shown = ids(answer);
    if question.none {
        return (!shown.is_empty()).then(|| format!("shows {shown:?}"));
    }
    if shown.is_empty() {
        return Some(format!("shows nothing: {}", answer["nothing"]["why"]));
    }
    let categories = each(answer, "category");
    let strange = categories.iter().find(|category| {
        let category = category.replace(' ', "-");
        !question.all.is_empty() && !question.all.contains(&category)
    });
    if let Some(strange) = strange {
        return Some(format!("shows {strange} among {categories:?}"));
    }
    let price = |text: &str| {
        text.trim_start_matches('€')
            .parse::<f64>()
            .unwrap_or(f64::MAX)
    };
    let most = question.max.unwrap_or(f64::MAX);
    if let Some(dear) = each(answer, "price").iter().find(|text| price(text) > most) {
        return Some(format!("shows something for {dear}"));
    }
    let has = question.some.iter().any(|id| shown.contains(&id.as_str()));
    (!question.some.is_empty() && !has).then(|| format!("shows {:?}", each(answer, "title")))
}

#[tokio::test]
async fn nine_questions_in_ten_are_answered_as_expected() {
    let counter = Counter::new().await;
    let questions: Questions =
        toml::from_str(include_str!("../../data/product_questions.toml")).unwrap();
    let mut wrong = Vec::new();
    for question in &questions.question {
        let answer = counter.search(&question.ask).await;
        if let Some(problem) = problem(question, &answer) {
            let typos = if question.typos { " (typos)" } else { "" };
            wrong.push(format!(
                "{}{typos}: {problem} {}",
                question.ask, answer["understood"]
            ));
        }
    }
    let all = questions.question.len();
    let right = all - wrong.len();
    println!("product questions: {right} of {all} answered as expected; not: {wrong:#?}");
    assert!(all >= 40);
    assert!(right * 10 >= all * 9, "{right} of {all}");
}
