use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// A JSON object being written. Members that are a default are left out, those of the `…_even_default` kind excepted.
pub(super) struct Object<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
}

/// Writes an object.
pub(super) fn object(out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    fill(&mut Object { out, is_empty: true });
    out.push(b'}');
}

impl Object<'_> {
    /// Begins a member, whose value the caller writes.
    pub(super) fn member(&mut self, name: &str) -> &mut Vec<u8> {
        if !std::mem::replace(&mut self.is_empty, false) {
            self.out.push(b',');
        }
        // Names are those of the protocol: nothing in them needs an escape.
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.text_even_default(name, text);
        }
    }

    pub(super) fn text_even_default(&mut self, name: &str, text: &str) {
        write(self.member(name), text);
    }

    pub(super) fn texts_even_default(&mut self, name: &str, texts: &[String]) {
        self.list_even_default(name, texts, write);
    }

    pub(super) fn id(&mut self, name: &str, id: &[u8]) {
        self.text(name, &const_hex::encode(id));
    }

    pub(super) fn bytes_even_default(&mut self, name: &str, bytes: &[u8]) {
        self.text_even_default(name, &STANDARD.encode(bytes));
    }

    pub(super) fn bool(&mut self, name: &str, bool: bool) {
        if bool {
            self.bool_even_default(name, bool);
        }
    }

    pub(super) fn bool_even_default(&mut self, name: &str, bool: bool) {
        write(self.member(name), &bool);
    }

    /// A number of 32 bits, or an enum.
    pub(super) fn number<T: Serialize + Default + PartialEq + Copy>(&mut self, name: &str, number: T) {
        if number != T::default() {
            write(self.member(name), &number);
        }
    }

    /// A number of 64 bits, which JSON holds as a text.
    pub(super) fn wide(&mut self, name: &str, number: u64) {
        if number != 0 {
            write(self.member(name), &number.to_string());
        }
    }

    pub(super) fn wide_even_default(&mut self, name: &str, number: i64) {
        write(self.member(name), &number.to_string());
    }

    pub(super) fn wides(&mut self, name: &str, numbers: &[u64]) {
        self.list(name, numbers, |out, number| write(out, &number.to_string()));
    }

    pub(super) fn double(&mut self, name: &str, double: f64) {
        if double.to_bits() != 0 {
            self.double_even_default(name, double);
        }
    }

    pub(super) fn optional_double(&mut self, name: &str, double: Option<f64>) {
        if let Some(double) = double {
            self.double_even_default(name, double);
        }
    }

    pub(super) fn double_even_default(&mut self, name: &str, double: f64) {
        write_double(self.member(name), double);
    }

    pub(super) fn doubles(&mut self, name: &str, doubles: &[f64]) {
        self.list(name, doubles, |out, double| write_double(out, *double));
    }

    pub(super) fn list<T>(&mut self, name: &str, items: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
        if !items.is_empty() {
            self.list_even_default(name, items, put);
        }
    }

    pub(super) fn list_even_default<T>(&mut self, name: &str, items: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
        let out = self.member(name);
        out.push(b'[');
        for (idx, item) in items.iter().enumerate() {
            if idx > 0 {
                out.push(b',');
            }
            put(out, item);
        }
        out.push(b']');
    }

    /// A message that is there or not.
    pub(super) fn optional<T>(&mut self, name: &str, message: Option<&T>, put: impl Fn(&mut Vec<u8>, &T)) {
        if let Some(message) = message {
            put(self.member(name), message);
        }
    }
}

fn write_double(out: &mut Vec<u8>, double: f64) {
    if double.is_finite() {
        write(out, &double);
    } else if double.is_nan() {
        write(out, "NaN");
    } else {
        write(out, if double > 0.0 { "Infinity" } else { "-Infinity" });
    }
}

fn write<T: Serialize + ?Sized>(out: &mut Vec<u8>, scalar: &T) {
    serde_json::to_writer(out, scalar).expect("a scalar has a JSON form, and a Vec takes all bytes");
}
