package detect

import (
	"github.com/orderguard/orderguard"
)

// addressFault is why no parcel can reach an address.
type addressFault uint8

const (
	faultNone          addressFault = iota // there is no address, or nothing is wrong with it
	faultIncomplete                        // it names a person and a country, and no place there
	faultPlaceholder                       // words or signs stand where the place should
	faultKeyboard                          // fists on a keyboard do
	faultContradiction                     // its parts cannot all be true
	faultNoCountry                         // there is no such country
	faultAbuse                             // an insult stands where the street should
	faultContact                           // a telephone number, a mailbox, a link or a handle does
	faultCity                              // the name of the great city or the province does once more
	faultStreet                            // blanks do, in a great city
)

var addressFaultNames = [...]string{"", "incomplete", "placeholder", "keyboard", "contradiction", "no_country", "abuse", "contact", "city", "street"}

func (f addressFault) String() string { return addressFaultNames[f] }

// faultOf says why no parcel can reach an address. It is a pure function.
//
// A parcel is carried by the country, then the town or the postcode, then the
// street line, and whoever carries it asks on the way: a village needs no
// street, a street line with all in it needs no town. So no single odd sign is a
// fault, be it the name, the telephone number, the postcode or a town: people
// mistype them, keep them to themselves, or move. It is a fault if
//   - there is no such country, for then the parcel has nowhere to go;
//   - the street line says plainly that it is none ("test", "n/a", "do not
//     ship", a row of keys), for then nobody meant the parcel to come;
//   - neither the street line nor the town nor the postcode says where;
//   - the street line holds nothing but how its writer is reached, or the name of a great city once more, or blanks in one;
//   - two parts at least contradict the country and each other.
func faultOf(s *orderguard.ShipTo) addressFault {
	if f := placeFault(s); f != faultNone {
		return f
	}
	switch {
	case isContact(s):
		return faultContact
	case isCityAgain(s):
		return faultCity
	case isStreetBlank(s):
		return faultStreet
	}
	return faultNone
}

// placeFault says the same of all faults but the two that another kind of text in the street line makes.
func placeFault(s *orderguard.ShipTo) addressFault {
	if s.Country != "" && !isCountry(s.Country) {
		return faultNoCountry
	}
	if isBlank(s.Line1) && isBlank(s.City) && isBlank(s.Postcode) {
		// Goods that are not carried need no place, and their buyers leave all
		// of it out. Who gives a recipient and a telephone number wants a parcel.
		if !isBlank(s.Name) && !isBlank(s.Phone) && s.Country != "" {
			return faultIncomplete
		}
		return faultNone
	}
	badPostcode := isBadPostcode(s)
	if isOtherWorld(s, badPostcode) {
		return faultPlaceholder
	}
	line := lineOf(s)
	if line >= partPlain && line != partDigits && isInsult(s.Line1) {
		return faultAbuse
	}
	switch line {
	case partNothing, partBlank:
		return faultPlaceholder
	case partKeys:
		return faultKeyboard
	case partAsk, partDigits:
		if isUnsaid(s, line) {
			return faultPlaceholder
		}
	case partStub:
		if f := stubFault(s); f != faultNone {
			return f
		}
	case partPlain:
		if isNoNumber(s.Line1) && (isMadeUpPhone(s) || isFalse(partOf(s.Name))) {
			return faultPlaceholder // house nought of nobody's, or of who has no telephone
		}
		if digitsOf(s.Line1) == 0 && (isScribble(s) || isMash(s, line)) { // most lines have a number
			return faultKeyboard
		}
	case partNoise:
		// Names of hamlets and farms can look like noise in languages that were
		// not counted. Another sign must agree.
		if isFalse(partOf(s.City)) || isFalse(partOf(s.Name)) || isMadeUpPhone(s) || badPostcode || s.City == "" && s.Postcode == "" || isPureNoise(s.Line1) || isVowelless(s) || isMash(s, line) {
			return faultKeyboard
		}
	}
	if len(s.Line1) <= 12 && (line == partDigits || line == partPlain && isWeak(s.Line1)) && s.City != "" && partOf(s.City) == partNothing {
		return faultPlaceholder // "123" or "abc 123", in the town of "test"
	}
	if line == partDigits && badPostcode && isSigns(s.Postcode) {
		return faultContradiction // "1", and a dot for the postcode
	}
	if line == partPlain && !badPostcode && s.Postcode != "" {
		return faultNone // the street line and the postcode say where
	}
	return townFault(s, line)
}

// isUnsaid says whether the street line leaves the place to be asked for, where couriers do not call for the way as a rule, or is one digit over and over in a
// great city, as "1111".
func isUnsaid(s *orderguard.ShipTo, line part) bool {
	if line == partAsk {
		return !isCalledFor(s.Country)
	}
	return isOneSign(s.Line1) && isCityAlone(s.City)
}

// stubFault judges a street line that is one letter, or a word such as "street" alone. A
// known place needs no more, so another part must be false too.
func stubFault(s *orderguard.ShipTo) addressFault {
	switch {
	case s.Line1 == s.City:
		return faultPlaceholder
	case isMadeUpPhone(s), isBadPostcode(s), isFalse(partOf(s.City)), isFalse(partOf(s.Name)):
		return faultContradiction
	case s.City == "" && s.Postcode == "":
		return faultIncomplete
	}
	return faultNone
}

// townFault judges an address by its town, after the street line.
func townFault(s *orderguard.ShipTo, line part) addressFault {
	city, region, postcode := partOf(s.City), partOf(s.Region), s.Postcode != "" && !isBadPostcode(s)
	switch {
	case postcode:
	case line == partMissing || line == partDigits:
		// "12" is a house of a village that has no streets. Without the village
		// it is nothing.
		switch city {
		case partNothing, partBlank:
			return faultPlaceholder
		case partKeys, partNoise:
			return faultKeyboard
		case partMissing:
			if line == partDigits && region == partMissing && s.Country != "" {
				return faultIncomplete
			}
		}
	case line == partPlain && len(s.Line1) < 48 && (region == partMissing || isFalse(region)):
		// A long street line may name the town too.
		switch {
		case city == partNothing:
			return faultPlaceholder
		case city == partKeys || city == partNoise && isBadPostcode(s):
			return faultKeyboard
		}
	}
	digits := count(city == partDigits) + count(region == partDigits) + count(line == partDigits)
	if digits == 0 && !isBadPostcode(s) {
		return faultNone
	}
	// A postcode in the town's field is a slip. Numbers for both the street and
	// the town are no place, and neither is a place whose postcode and telephone
	// number the country does not have.
	if line == partDigits && (city == partDigits || isMadeUpPhone(s) || isOneSign(s.Postcode)) ||
		digits+count(isBadPostcode(s))+count(isBadPhone(s)) >= 2 && (digits > 1 || isBadPhone(s)) {
		return faultContradiction
	}
	return faultNone
}

// isOneSign says whether a postcode is one letter or digit four times and more, as of who has to write something. It is one that
// the country does not have, if isBadPostcode says so; a few have 1111.
func isOneSign(postcode string) bool {
	for i := range len(postcode) {
		if postcode[i] != postcode[0] {
			return false
		}
	}
	return len(postcode) >= 4
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
