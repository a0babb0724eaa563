import { majors } from '../../support/clients.ts';
import { matrixOf } from './matrix.ts';

for (const version of majors.filter(({ major }) => major === 6)) matrixOf(version);
