//! Colours by their names, and the tones that a cloth of one shows.

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

const NAMED: [(&str, Rgb); 76] = [
    ("washed black", Rgb(64, 64, 66)),
    ("black", Rgb(43, 44, 47)),
    ("white", Rgb(243, 241, 236)),
    ("bottle green", Rgb(30, 66, 52)),
    ("forest green", Rgb(45, 82, 57)),
    ("moss green", Rgb(98, 110, 66)),
    ("brick red", Rgb(160, 66, 50)),
    ("burgundy", Rgb(104, 34, 48)),
    ("camel", Rgb(190, 148, 98)),
    ("charcoal", Rgb(76, 79, 84)),
    ("chestnut", Rgb(125, 72, 43)),
    ("cognac", Rgb(156, 90, 48)),
    ("coral", Rgb(232, 112, 92)),
    ("cream", Rgb(240, 230, 207)),
    ("dark brown", Rgb(79, 56, 42)),
    ("dark indigo", Rgb(41, 52, 84)),
    ("dusty pink", Rgb(208, 159, 155)),
    ("ecru", Rgb(229, 218, 195)),
    ("grey marl", Rgb(168, 170, 172)),
    ("heather purple", Rgb(127, 104, 140)),
    ("lichen", Rgb(168, 176, 138)),
    ("light blue", Rgb(161, 190, 216)),
    ("light grey", Rgb(204, 206, 206)),
    ("lilac", Rgb(186, 166, 208)),
    ("mid blue", Rgb(84, 116, 160)),
    ("mustard", Rgb(206, 160, 56)),
    ("natural", Rgb(223, 210, 184)),
    ("navy", Rgb(39, 51, 79)),
    ("oatmeal", Rgb(211, 198, 175)),
    ("ochre", Rgb(194, 138, 57)),
    ("olive", Rgb(100, 98, 61)),
    ("orange", Rgb(222, 118, 48)),
    ("peat brown", Rgb(87, 70, 56)),
    ("petrol", Rgb(32, 86, 98)),
    ("plum", Rgb(98, 52, 84)),
    ("rust", Rgb(172, 87, 48)),
    ("sage", Rgb(152, 166, 138)),
    ("sand", Rgb(209, 187, 150)),
    ("sky blue", Rgb(138, 182, 214)),
    ("slate grey", Rgb(106, 117, 127)),
    ("stone", Rgb(193, 183, 164)),
    ("storm blue", Rgb(72, 94, 118)),
    ("tan", Rgb(180, 132, 86)),
    ("teal", Rgb(40, 120, 120)),
    ("terracotta", Rgb(188, 104, 76)),
    ("turf brown", Rgb(105, 82, 60)),
    ("turquoise", Rgb(76, 176, 176)),
    ("khaki", Rgb(142, 132, 94)),
    ("beige", Rgb(216, 200, 172)),
    ("ivory", Rgb(242, 236, 220)),
    ("off white", Rgb(240, 236, 226)),
    ("taupe", Rgb(150, 134, 120)),
    ("gold", Rgb(202, 164, 84)),
    ("silver", Rgb(188, 192, 196)),
    ("mint", Rgb(166, 208, 184)),
    ("lime", Rgb(164, 196, 78)),
    ("aqua", Rgb(120, 196, 204)),
    ("cyan", Rgb(80, 180, 204)),
    ("indigo", Rgb(60, 62, 118)),
    ("denim", Rgb(80, 108, 148)),
    ("maroon", Rgb(112, 38, 46)),
    ("wine", Rgb(112, 36, 54)),
    ("crimson", Rgb(176, 42, 56)),
    ("salmon", Rgb(234, 150, 130)),
    ("peach", Rgb(240, 188, 158)),
    ("rose", Rgb(214, 132, 142)),
    ("pink", Rgb(228, 146, 164)),
    ("lavender", Rgb(186, 176, 212)),
    ("purple", Rgb(112, 74, 134)),
    ("violet", Rgb(122, 92, 160)),
    ("red", Rgb(186, 52, 48)),
    ("yellow", Rgb(236, 190, 62)),
    ("green", Rgb(74, 124, 84)),
    ("blue", Rgb(66, 104, 156)),
    ("brown", Rgb(112, 80, 58)),
    ("grey", Rgb(146, 150, 152)),
];

impl Rgb {
    /// So much of another colour, in hundredths.
    pub fn mix(self, other: Self, percent: u16) -> Self {
        let part = |a: u8, b: u8| {
            let sum = u16::from(a) * (100 - percent) + u16::from(b) * percent;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self(
            part(self.0, other.0),
            part(self.1, other.1),
            part(self.2, other.2),
        )
    }

    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// How bright it looks, 0 to 255.
    fn brightness(self) -> u32 {
        (u32::from(self.0) * 30 + u32::from(self.1) * 59 + u32::from(self.2) * 11) / 100
    }
}

const WHITE: Rgb = Rgb(255, 253, 248);
const INK: Rgb = Rgb(20, 19, 24);
const PAPER: Rgb = Rgb(241, 237, 229);

/// The tones of a cloth.
#[derive(Clone, Copy, Debug)]
pub struct Cloth(Rgb);

/// The cloth of a colour's name; one that no list knows has a quiet colour of its own.
pub fn cloth(name: &str) -> Cloth {
    let name = name.trim().to_lowercase().replace(['-', '_'], " ");
    let name = name.replace("gray", "grey");
    let exact = NAMED.iter().find(|(known, _)| *known == name);
    // "dark navy blue" is navy: the longest list entries stand first.
    let within = || NAMED.iter().find(|(known, _)| name.contains(known));
    if let Some((_, rgb)) = exact.or_else(within) {
        return Cloth(*rgb);
    }
    let seed = name.bytes().fold(2_166_136_261_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
    });
    let [a, b, c, _] = seed.to_le_bytes();
    let quiet = Rgb(96 + a % 96, 96 + b % 96, 96 + c % 96);
    Cloth(match name.is_empty() {
        true => Rgb(176, 166, 150),
        false => quiet,
    })
}

impl Cloth {
    pub fn base(self) -> String {
        self.0.hex()
    }

    pub fn is_light(self) -> bool {
        self.0.brightness() > 170
    }

    /// Where light falls.
    pub fn light(self) -> String {
        self.0
            .mix(WHITE, if self.is_light() { 45 } else { 16 })
            .hex()
    }

    pub fn shade(self) -> String {
        self.0.mix(INK, if self.is_light() { 11 } else { 22 }).hex()
    }

    /// Parts that lie behind or are of heavier stuff.
    pub fn dark(self) -> String {
        self.0.mix(INK, if self.is_light() { 20 } else { 36 }).hex()
    }

    /// The inside, and lines.
    pub fn deep(self) -> String {
        self.0.mix(INK, if self.is_light() { 46 } else { 62 }).hex()
    }

    /// What stands out on it: stitches, laces, reflecting stripes.
    pub fn contrast(self) -> String {
        match self.0.brightness() {
            0..90 => self.0.mix(WHITE, 62).hex(),
            _ => self.0.mix(WHITE, 74).hex(),
        }
    }

    /// Paper behind it: warm, with a breath of the cloth.
    pub fn paper(self) -> (String, String) {
        // What is light lies on a darker paper, so that its edges are seen.
        let paper = match self.0.brightness() {
            0..200 => PAPER,
            _ => PAPER.mix(INK, 9),
        };
        (
            paper.mix(WHITE, 45).mix(self.0, 3).hex(),
            paper.mix(self.0, 13).hex(),
        )
    }
}
