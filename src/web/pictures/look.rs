//! What of a product decides how it is drawn.

use crate::domain::product::Product;

/// Words of a product in lower case.
pub struct Look {
    category: String,
    title: String,
    /// Features, tags and material.
    rest: String,
}

/// What a category of another shop is called, or a title says, and the kind that is drawn for it.
/// The first that fits: longer words stand before those that they contain.
const KINDS: [(&str, &str); 58] = [
    ("rain jacket", "rain-jackets"),
    ("raincoat", "rain-jackets"),
    ("down jacket", "insulated-jackets"),
    ("puffer", "insulated-jackets"),
    ("parka", "insulated-jackets"),
    ("softshell", "softshells"),
    ("fleece", "fleece"),
    ("jacket", "everyday-jackets"),
    ("blazer", "everyday-jackets"),
    ("coat", "rain-jackets"),
    ("outerwear", "everyday-jackets"),
    ("hoodie", "sweatshirts"),
    ("sweatshirt", "sweatshirts"),
    ("cardigan", "knitwear"),
    ("jumper", "knitwear"),
    ("sweater", "knitwear"),
    ("pullover", "knitwear"),
    ("knitwear", "knitwear"),
    ("base layer", "base-layers"),
    ("t-shirt", "t-shirts"),
    ("tshirt", "t-shirts"),
    ("tee", "t-shirts"),
    ("shirt", "shirts"),
    ("blouse", "shirts"),
    ("dress", "dresses"),
    ("skirt", "skirts"),
    ("jeans", "jeans"),
    ("shorts", "shorts"),
    ("leggings", "hiking-trousers"),
    ("trouser", "trousers"),
    ("pants", "trousers"),
    ("chino", "trousers"),
    ("jogger", "trousers"),
    ("boot", "hiking-boots"),
    ("sandal", "sandals"),
    ("flip", "sandals"),
    ("trainer", "trainers"),
    ("sneaker", "trainers"),
    ("shoe", "trainers"),
    ("sock", "socks"),
    ("beanie", "hats"),
    ("hat", "hats"),
    ("cap", "hats"),
    ("mitten", "gloves"),
    ("glove", "gloves"),
    ("scarf", "scarves"),
    ("scarves", "scarves"),
    ("shawl", "scarves"),
    ("belt", "belts"),
    ("backpack", "backpacks"),
    ("rucksack", "backpacks"),
    ("tote", "bags"),
    ("handbag", "bags"),
    ("bag", "bags"),
    ("boxer", "underwear"),
    ("brief", "underwear"),
    ("bra", "underwear"),
    ("underwear", "underwear"),
];

impl Look {
    pub fn of(product: &Product) -> Self {
        let rest = [&product.features[..], &product.tags[..]].concat();
        Self {
            category: product.category.to_lowercase(),
            title: product.title.to_lowercase(),
            rest: format!("{}, {}", rest.join(", "), product.material).to_lowercase(),
        }
    }

    /// The kind of thing it is drawn as: its category, else what the words make of it.
    pub fn kind(&self) -> &str {
        const OWN: [&str; 30] = [
            "rain-jackets",
            "insulated-jackets",
            "softshells",
            "fleece",
            "everyday-jackets",
            "kids-jackets",
            "knitwear",
            "sweatshirts",
            "shirts",
            "t-shirts",
            "base-layers",
            "kids-tops",
            "hiking-trousers",
            "trousers",
            "jeans",
            "shorts",
            "skirts",
            "kids-trousers",
            "dresses",
            "hiking-boots",
            "trainers",
            "sandals",
            "socks",
            "hats",
            "gloves",
            "scarves",
            "belts",
            "backpacks",
            "bags",
            "underwear",
        ];
        if let Some(own) = OWN.iter().find(|own| **own == self.category) {
            return own;
        }
        let category = self.category.replace(['-', '_'], " ");
        // The title says more than a category that holds everything.
        for text in [&self.title, &category] {
            let found = KINDS.iter().find(|(word, _)| has_word(text, word));
            if let Some((_, kind)) = found {
                return kind;
            }
        }
        "other"
    }

    /// Is it of a category?
    pub fn is(&self, category: &str) -> bool {
        self.category == category
    }

    /// Does the title say one of these?
    pub fn titled(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.title.contains(word))
    }

    /// Does anything said of it say one of these?
    pub fn says(&self, words: &[&str]) -> bool {
        let said = |word: &&str| self.title.contains(*word) || self.rest.contains(*word);
        words.iter().any(said)
    }

    pub fn is_for_kids(&self) -> bool {
        self.category.starts_with("kids") || self.titled(&["kids", "junior", "little"])
    }
}

/// At the beginning of a word: "capable" is no cap, "rain jackets" are jackets.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = &text[at + word.len()..];
        let ends = after.is_empty() || after.starts_with([' ', 's', ',', '-', '\'']);
        before.is_none_or(|c| !c.is_alphanumeric()) && ends
    })
}
