// What the others are measured against: node, and nothing.
