//! Lines as nearly all are: no escapes, nothing twice, nothing unknown. They are read in one pass, without copying.
//!
//! Whatever else a line holds, right or wrong, is left to the general reader; so what is read here is read there alike.

use crate::evaluate::{Seen, Slot, Values};
use crate::ufc::VariationType;

/// A line's question, borrowed from it.
pub(super) struct Line<'l, 'v> {
    pub(super) flag: &'l str,
    pub(super) subject: &'l str,
    /// As written.
    pub(super) attributes: &'l str,
    pub(super) requested: Option<VariationType>,
    values: &'v [(&'l str, Seen<'l>)],
}

impl<'l, 'v> Line<'l, 'v> {
    /// The question of a line; none where it is not plain. The attributes go into `values`.
    pub(super) fn read(line: &'l str, values: &'v mut Vec<(&'l str, Seen<'l>)>) -> Option<Self> {
        values.clear();
        if line.len() > super::LONGEST_LINE {
            return None;
        }
        let (mut flag, mut subject, mut attributes, mut kind) = (None, None, None, None);
        let mut reader = Reader { text: line, at: 0 };
        reader.space();
        reader.members(|reader, name| {
            let twice = match name {
                "flag" => flag.replace(reader.string()?).is_some(),
                "subject" => subject.replace(reader.string()?).is_some(),
                "attributes" => attributes.replace(reader.attributes(values)?).is_some(),
                "type" => kind.replace(VariationType::parse(reader.string()?)?).is_some(),
                _ => return None,
            };
            (!twice).then_some(())
        })?;
        reader.space();
        let (attributes, requested) = (attributes.unwrap_or("{}"), kind);
        let whole = reader.at == line.len();
        whole.then_some(Line { flag: flag?, subject: subject?, attributes, requested, values })
    }
}

impl Values for Line<'_, '_> {
    fn value(&self, _: usize, slot: &Slot) -> Option<Seen<'_>> {
        // Of a name that is given twice the last value counts.
        let found = slot.find(self.values.iter().rev().map(|(name, _)| *name));
        let value = found.and_then(|index| self.values.iter().rev().nth(index)).map(|(_, value)| *value);
        value.or_else(|| slot.is_id().then_some(Seen::Text(self.subject)))
    }
}

struct Reader<'l> {
    text: &'l str,
    at: usize,
}

impl<'l> Reader<'l> {
    fn rest(&self) -> &'l [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let space = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += self.rest().iter().take_while(space).count();
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let found = self.rest().first() == Some(&byte);
        self.at += usize::from(found);
        found.then_some(())
    }

    /// The members of an object, each value read by `member`.
    fn members(&mut self, mut member: impl FnMut(&mut Self, &'l str) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        self.space();
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let name = self.string()?;
            self.space();
            self.take(b':')?;
            self.space();
            member(self, name)?;
            self.space();
            if self.take(b'}').is_some() {
                return Some(());
            }
            self.take(b',')?;
            self.space();
        }
    }

    /// A string in which every character stands for itself.
    fn string(&mut self) -> Option<&'l str> {
        self.take(b'"')?;
        let rest = self.rest();
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' '))?;
        let text = self.text.get(self.at..self.at + length)?;
        self.at += length;
        self.take(b'"')?;
        Some(text)
    }

    fn attributes(&mut self, values: &mut Vec<(&'l str, Seen<'l>)>) -> Option<&'l str> {
        let start = self.at;
        self.members(|reader, name| {
            values.push((name, reader.value()?));
            Some(())
        })?;
        self.text.get(start..self.at)
    }

    fn value(&mut self) -> Option<Seen<'l>> {
        let (word, value) = match self.rest().first()? {
            b'"' => return self.string().map(Seen::Text),
            b't' => ("true", Seen::Bool(true)),
            b'f' => ("false", Seen::Bool(false)),
            b'n' => ("null", Seen::Null),
            _ => return self.number().map(Seen::Number),
        };
        let found = self.rest().starts_with(word.as_bytes());
        self.at += word.len();
        found.then_some(value)
    }

    /// A number as JSON writes it, rounded correctly; none where no double holds it.
    fn number(&mut self) -> Option<f64> {
        let start = self.at;
        let _ = self.take(b'-');
        let zero = self.rest().first() == Some(&b'0');
        let digits = self.digits()?;
        if zero && digits > 1 {
            return None;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.digits()?;
        }
        self.text.get(start..self.at)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn digits(&mut self) -> Option<usize> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        (digits > 0).then_some(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Question;
    use super::*;

    #[test]
    fn what_is_read_at_once_is_what_the_general_reader_reads() {
        let values = [
            "1",
            "-0",
            "0",
            "01",
            "1.5",
            "1.",
            ".5",
            "1e3",
            "1E+2",
            "1e",
            "-",
            "+1",
            "1e999",
            "-1.0e-7",
            "0.1",
            "00",
            "9007199254740993",
            "\"a\"",
            "\"é\"",
            "\"\\n\"",
            "\"\t\"",
            "\"",
            "true",
            "tru",
            "truex",
            "false",
            "null",
            "[1]",
            "{}",
            "",
            " 1 ",
            "\u{a0}1",
        ];
        let mut lines: Vec<String> = values
            .iter()
            .map(|value| format!(r#"{{"flag":"f","subject":"s","attributes":{{"a":{value}}}}}"#))
            .collect();
        lines.extend(
            [
                r#" { "flag" : "f" , "subject":"s", "attributes" : { "a" : 1 , "a":2, "b":"x"} } "#,
                r#"{"flag":"f","subject":"s"}"#,
                r#"{"flag":"f","subject":"s","type":"STRING"}"#,
                r#"{"flag":"f","subject":"s","type":"strin"}"#,
                r#"{"flag":"f","subject":"s","at":null}"#,
                r#"{"flag":"f","flag":"f","subject":"s"}"#,
                r#"{"flag":"f","subject":"s","other":1}"#,
                r#"{"flag":"f","subject":"s",}"#,
                r#"{"flag":"f","subject":"s"}}"#,
                r#"{"flag":"f","subject":null}"#,
                r#"{"flag":"f"}"#,
                r#"{"flag":"f","subject":"s","attributes":null}"#,
                r#"{"flag":"f","subject":"s","attributes":{"id":"x",}}"#,
                "{}",
                "",
            ]
            .map(str::to_owned),
        );
        let mut plain = 0;
        for line in &lines {
            let mut values = Vec::new();
            let Some(read) = Line::read(line, &mut values) else { continue };
            plain += 1;
            let general = Question::read(line.trim()).unwrap();
            assert_eq!((read.flag, read.subject), (general.flag.as_str(), general.subject.key.as_str()), "{line}");
            assert_eq!((read.attributes, read.requested), (general.attributes, general.requested), "{line}");
            assert!(general.at.is_none());
            for (name, value) in &general.subject.attributes {
                let last = read.values.iter().rev().find(|(other, _)| other == name).unwrap().1;
                assert_eq!(format!("{last:?}"), format!("{:?}", Seen::from(value)), "{line}");
            }
            assert!(read.values.iter().all(|(name, _)| general.subject.attributes.contains_key(*name)));
        }
        assert!(plain >= 15, "{plain} of {}", lines.len());
    }
}
