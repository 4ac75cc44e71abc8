package ingest

// any returns the index behind the value at p, which is inside depth brackets,
// or -1 if it is not JSON.
func (d *Decoder) any(p, depth int) int {
	switch at(d.base, p) {
	case '"':
		return d.skipString(p + 1)
	case '{', '[':
		return d.skip(p, depth)
	case 'n':
		return d.literal(p, "null")
	case 't':
		return d.literal(p, "true")
	case 'f':
		return d.literal(p, "false")
	default:
		return d.number(p)
	}
}

// skip returns the index behind the object or list at p, which is inside depth
// brackets, or -1 if it is not JSON. A bit for each open bracket, 1 for an
// object, takes the place of recursion.
func (d *Decoder) skip(p, depth int) int {
	outer := depth
	for {
		// A value begins at p.
		c := at(d.base, p)
		if c == '{' || c == '[' {
			if depth++; depth > maxNesting {
				return d.fail(p)
			}
			bit := uint64(1) << (depth & 63)
			d.nest[depth>>6] &^= bit
			if c == '{' {
				d.nest[depth>>6] |= bit
			}
			p = d.space(p + 1)
			if at(d.base, p) != c+2 { // ']' is '[' + 2, '}' is '{' + 2
				if c == '{' {
					if p = d.skipKey(p); p < 0 {
						return p
					}
				}
				continue
			}
		} else if p = d.any(p, depth); p < 0 {
			return p
		} else {
			p = d.space(p)
		}
		if p = d.leave(p, &depth, outer); p < 0 || depth == outer {
			return p
		}
	}
}

// leave goes from behind a value to the next one in the same brackets, closing
// those that end, down to outer.
func (d *Decoder) leave(p int, depth *int, outer int) int {
	for {
		object := d.nest[*depth>>6]>>(*depth&63)&1 == 1
		switch c := at(d.base, p); {
		case c == '}' && object, c == ']' && !object:
			p++
			if *depth--; *depth == outer {
				return p
			}
			p = d.space(p)
		case c == ',':
			if p = d.space(p + 1); object {
				return d.skipKey(p)
			}
			return p
		default:
			return d.fail(p)
		}
	}
}

// skipKey returns the index of the value whose key is at p, or -1.
func (d *Decoder) skipKey(p int) int {
	if at(d.base, p) != '"' {
		return d.fail(p)
	}
	if p = d.skipString(p + 1); p < 0 {
		return p
	}
	if p = d.space(p); at(d.base, p) != ':' {
		return d.fail(p)
	}
	return d.space(p + 1)
}
