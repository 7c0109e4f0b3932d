import "node:dgram";
