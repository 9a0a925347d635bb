package everfold;

/**
 * The order of MongoDB's strings: by their UTF-8 bytes, which is by code point. Java compares UTF-16
 * units, and so puts what lies beyond U+FFFF, such as emoji, before U+E000 to U+FFFF.
 */
public final class CodePointOrder {

    private CodePointOrder() {
    }

    public static int compare(String left, String right) {
        int shorter = Math.min(left.length(), right.length());
        for (int i = 0; i < shorter; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a == b) {
                continue;
            }
            // Only a code point beyond U+FFFF is written with surrogates.
            if (Character.isSurrogate(a) != Character.isSurrogate(b)) {
                return Character.isSurrogate(a) ? 1 : -1;
            }
            return Character.compare(a, b);
        }
        return Integer.compare(left.length(), right.length());
    }
}
